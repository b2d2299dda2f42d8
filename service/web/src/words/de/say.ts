import { saying } from "../say";

export const say = saying("de-DE");
