import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Hand } from "../gestures/hand";
import { sideOf } from "../gestures/side";
import { ENTER } from "../live/keys";
import { useStreams } from "../streams";
import { Judgement, Lights, Reasons } from "../electrodes";
import type { Quality } from "../frames";
import { useWords, type Words } from "../words";
import type { Calibration, Kept, Kind, Phase, Prompt, Refusal } from "./frames";
import { useWakeLock } from "./helps";
import { Muscle } from "./muscle";
import { following } from "./order";
import { usePulse, type Pulse } from "./pulse";
import { Ring } from "./ring";
import { nameOf, told } from "./say";
import type { Standing } from "./standing";
import { Steering } from "./steering";
import type { Doing } from "./use_calibration";

/** Pauses that end by themselves as soon as samples come again. */
const WAITING = ["silent", "stream_gone"];

interface Props {
  info: Calibration;
  prompt: Prompt;
  standing: Standing;
  doing: Doing;
}

/** From the check of the signal to the last trial: large prompts, and the buttons that steer. */
export function Prompting({ info, prompt, standing, doing }: Props) {
  const words = useWords();
  const pulse = usePulse(info.stream);
  const paused = info.state === "paused";
  useComeback(info, doing);
  useWakeLock(!paused);
  const toggle = () => void doing.act(paused ? "resume" : "pause");
  const { kind } = info.plan;
  return (
    <div class="prompting">
      <section class={`prompt ${prompt.phase}`} aria-label={words.calibrate.prompts}>
        <Progress prompt={prompt} />
        <Large info={info} prompt={prompt} linked={standing.linked} pulse={pulse} />
        <Next info={info} prompt={prompt} />
      </section>
      <Muscle id={info.calibration} kind={kind} prompt={prompt} pulse={pulse} />
      <div role="status" class="told">
        {standing.refused && <Refused kind={kind} refused={standing.refused} />}
        {!standing.refused && standing.kept > 0 && <p class="good">{words.calibrate.kept(standing.kept)}</p>}
        {standing.doubted && <Doubted kind={kind} kept={standing.doubted} />}
      </div>
      <Check quality={standing.quality} open={prompt.phase === "check"} />
      <Steering info={info} paused={paused} toggle={toggle} doing={doing} phase={prompt.phase} offer={!!standing.refused?.offer_skip} />
    </div>
  );
}

function Progress({ prompt }: { prompt: Prompt }) {
  const words = useWords();
  const label = words.calibrate.trialOf(prompt.number, prompt.total);
  return (
    <p class="progress">
      <span>{label}</span>
      <progress aria-label={label} max={prompt.total} value={prompt.number - 1} />
    </p>
  );
}

interface LargeProps {
  info: Calibration;
  prompt: Prompt;
  linked: boolean;
  pulse: RefObject<Pulse>;
}

/** What to do now, to be read from across the room; heard once for each phase. */
function Large({ info, prompt, linked, pulse }: LargeProps) {
  const words = useWords();
  const { trial, phase } = prompt;
  const { kind } = info.plan;
  const asked = linked && (phase === "prepare" || phase === "hold") ? trial : null;
  const sentence = linked ? told(words, kind, prompt, info.paused) : words.calibrate.unlinked;
  const title = titleOf(words, kind, linked ? phase : "paused");
  return (
    <div class={`large ${kind}`}>
      {kind === "gestures" && (asked ? <Hand gesture={asked.gesture} side={sideOf(info.user)} /> : <span class="no-hand" />)}
      <p class="only-heard" aria-live="assertive">
        {sentence}
        {asked?.position && ` ${words.calibrate.armPosition(asked.position)}`}
      </p>
      <div class="words" aria-hidden="true">
        {asked && <p class="phase">{title}</p>}
        {asked && kind === "text" ? <Sentence keys={asked.gesture} /> : <Huge text={asked ? nameOf(words, kind, asked.gesture) : title} most={asked && kind === "events" ? 9 : 15} />}
        {!asked && !(linked && phase === "rest") && <p class="why">{sentence}</p>}
        {asked?.position && <p class="why">{words.calibrate.armPosition(asked.position)}</p>}
      </div>
      {linked && phase !== "paused" && <Ring prompt={prompt} plan={info.plan} pulse={pulse} />}
    </div>
  );
}

const titleOf = (words: Words, kind: Kind, phase: Phase) =>
  phase === "hold" ? words.calibrate.asks[kind].now : words.calibrate.phases[phase];

/** What is to be typed, as it is; the key that ends it is told apart. */
function Sentence({ keys }: { keys: string }) {
  return (
    <p class="sentence">
      {keys.replace(ENTER, "")}
      {keys.endsWith(ENTER) && <span>{ENTER}</span>}
    </p>
  );
}

/** As large as its longest word lets it be, and no larger than so many hundredths of the width. */
function Huge({ text, most }: { text: string; most: number }) {
  const longest = Math.max(...text.split(" ").map((word) => word.length));
  return (
    <p class="say" style={{ fontSize: `clamp(2rem, ${Math.min(most, 150 / longest)}cqi, 6.5rem)` }}>
      {text}
    </p>
  );
}

function Next({ info, prompt }: { info: Calibration; prompt: Prompt }) {
  const words = useWords();
  const now = prompt.phase === "hold" || prompt.phase === "prepare";
  const next = now ? following(info.plan, prompt.trial) : prompt.trial;
  if (prompt.number === prompt.total && now) return <p class="next">{words.calibrate.lastOne}</p>;
  return <p class="next">{next && words.calibrate.next(nameOf(words, info.plan.kind, next.gesture))}</p>;
}

function Refused({ kind, refused: { trial, causes, reason, offer_skip } }: { kind: Kind; refused: Refusal }) {
  const words = useWords();
  if (causes.length > 0 && causes.every(({ code }) => code === "interrupted") && !offer_skip) return null;
  return (
    <>
      <p class="bad">{trial ? words.calibrate.refused(nameOf(words, kind, trial.gesture)) : words.calibrate.checkRefused}</p>
      <Reasons causes={causes} reasons={[reason]} own={words.calibrate.asks[kind].causes} />
      {offer_skip && <p>{words.calibrate.offerSkip}</p>}
    </>
  );
}

/** What was kept and may be something else than what was asked. */
function Doubted({ kind, kept: { trial, causes, reasons } }: { kind: Kind; kept: Kept }) {
  const words = useWords();
  return (
    <>
      <p class="doubt">{words.calibrate.doubted(nameOf(words, kind, trial.gesture))}</p>
      <Reasons causes={causes} reasons={reasons} />
    </>
  );
}

/** A light for each channel, and what to do about those that are not green: throughout, and large while it decides. */
function Check({ quality, open }: { quality: Quality | null; open: boolean }) {
  const words = useWords();
  const names = quality?.channels.map((_, number) => words.calibrate.channel(number + 1)) ?? [];
  return (
    <section class={`check ${open ? "open" : ""}`} aria-labelledby="check">
      <h2 id="check" class="only-heard">
        {words.live.electrodes}
      </h2>
      <Lights names={names} quality={quality} />
      <Judgement quality={quality} />
    </section>
  );
}

/** Go on by itself once the stream that fell silent is there again; what somebody paused waits for somebody. */
function useComeback(info: Calibration, doing: Doing): void {
  const waits = info.state === "paused" && WAITING.includes(info.paused?.cause.code ?? "");
  const { found } = useStreams();
  const since = useRef(found);
  useEffect(() => {
    if (waits) since.current = found; // what was found before tells nothing of now
  }, [waits]);
  useEffect(() => {
    if (!waits || found === since.current) return;
    const stream = found?.find(({ stream }) => stream === info.stream);
    if (stream?.state === "live") void doing.act("resume");
  }, [found]);
}
