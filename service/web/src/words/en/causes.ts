import type { Said } from "../../quality";
import { say } from "./say";

/** What is wrong with the signal, by the code of its cause; see quality.ts. */
export const causes = {
  dead: ({ channels }: Said) => `Channel ${channels[0]} shows no signal: check its cable, press its electrode.`,
  clipped: ({ channels, percent }: Said) =>
    `Channel ${channels[0]} is at the end of its scale ${say.number(percent, 1)} % of the time: lower its gain.`,
  twins: ({ channels }: Said) => `Channels ${channels[0]} and ${channels[1]} show the same signal: check the cables.`,
  loose: ({ channels }: Said) => `Channel ${channels[0]} is loose: press the electrode.`,
  hum: ({ channels, hz }: Said) => `Channel ${channels[0]} hums at ${say.amount(hz)} Hz: press its electrode.`,
  hum_all: ({ hz }: Said) =>
    `Most channels hum at ${say.amount(hz)} Hz: press the reference electrode, unplug chargers near by.`,
  lost: ({ percent }: Said) => `${say.number(percent)} % of the samples were lost: check the connection of the device.`,
  gaps: () => "No second of the signal is without a gap: check the connection of the device.",
  not_at_rest: () => "The arm was not at rest: lay it down and relax.",
  no_contraction: ({ seconds }: Said) =>
    `No contraction found within ${say.amount(seconds)} s: hold the gesture as soon as asked, a little firmer.`,
  short: ({ held, asked }: Said) => `Steady for only ${say.number(held, 1)} of ${say.number(asked, 1)} s: hold until told to relax.`,
  unfinished: ({ asked }: Said) =>
    `Not through after ${say.amount(asked)} s: be quicker, say when you are done, or start with more time for each.`,
  too_little: () => "There was much less muscle activity than so many keys take.",
  too_much: () => "There was much more muscle activity than so many keys take.",
  misheard: () => "The head of before heard something else.",
  interrupted: () => "The signal was interrupted: this one is asked again.",
};
