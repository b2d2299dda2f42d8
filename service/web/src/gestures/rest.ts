/** The gesture of a hand that does nothing. */
export const REST = "rest";
