import { saying } from "../say";

export const say = saying("en-GB");
