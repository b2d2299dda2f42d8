import type { Words } from "..";
import { calibrate } from "./calibrate";
import { causes } from "./causes";
import { gestures } from "./gestures";
import { live } from "./live";
import { models } from "./models";
import { page } from "./page";
import { recordings } from "./recordings";
import { report } from "./report";
import { say } from "./say";
import { system } from "./system";
import { users } from "./users";

export const de: Words = { say, page, causes, live, calibrate, report, users, recordings, models, system, gestures };
