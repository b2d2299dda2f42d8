import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ask } from "../api";
import { useAsked } from "../asked";
import { useAttempt } from "../attempt";
import type { HeadVersion, StreamInfo, User } from "../frames";
import type { Side } from "../gestures/hand";
import { keepSide, sideOf } from "../gestures/side";
import { userPath } from "../paths";
import { address, go } from "../route";
import { useStreams } from "../streams";
import { StreamChoice } from "../stream_choice";
import { Trouble } from "../trouble";
import { Why } from "../why";
import { useWords } from "../words";
import { ActChoice } from "./act_choice";
import type { Calibration, Kind } from "./frames";
import { GestureChoice } from "./gesture_choice";
import { Open } from "./open";
import { MoreChoices, PlanInWords, USUAL } from "./plan";
import { SentenceChoice } from "./sentence_choice";
import { NEW, UserChoice, type Who } from "./user_choice";
import { choiceOf, kindOf, NOTHING, type Wish } from "./wish";

/** Who, where, which gestures: then start. */
export function Setup() {
  const words = useWords();
  const users = useAsked<User[]>("/v1/users");
  const { found: streams, problem, look } = useStreams();
  return (
    <>
      <Open />
      <Trouble problem={problem ?? users.problem} look={() => void Promise.all([look(), users.look()])} />
      {streams?.length === 0 && (
        <section>
          <p>{words.page.noStreams}</p>
          <a href={address("live")}>{words.calibrate.startStream}</a>
        </section>
      )}
      {users.found && streams && streams.length > 0 && <Order users={users.found} streams={streams} />}
    </>
  );
}

/** The head that a user has for a model. Without an answer, none is offered to be added to. */
function useHead(user: string, model: string): HeadVersion | null {
  const [heads, setHeads] = useState<HeadVersion[]>([]);
  useEffect(() => {
    let over = false;
    setHeads([]);
    if (user !== NEW) ask<HeadVersion[]>("GET", userPath(user, "/heads")).then((found) => over || setHeads(found), () => {});
    return () => {
      over = true;
    };
  }, [user]);
  return heads.find((head) => head.active && head.model === model) ?? null;
}

function Order({ users, streams }: { users: User[]; streams: StreamInfo[] }) {
  const [who, setWho] = useState<Who>({ known: NEW, name: "", consent: false });
  const [side, setSide] = useState<Side>("right");
  const [streamName, setStream] = useState(streams[0]!.stream);
  const { busy, problem, attempt } = useAttempt();
  const stream = streams.find((each) => each.stream === streamName) ?? streams[0]!;
  const kind = kindOf(stream.answers);
  const head = useHead(who.known, stream.model);
  const [wishes, setWishes] = useState<Record<Kind, Wish>>({ gestures: NOTHING, text: NOTHING, events: NOTHING });
  const wish = wishes[kind ?? "gestures"];
  const become = (change: Partial<Wish>) => kind && setWishes({ ...wishes, [kind]: { ...wish, ...change } });

  function choose(next: Who): void {
    setWho(next);
    if (next.known !== NEW && next.known !== who.known) setSide(sideOf(next.known));
  }
  async function start(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (!kind) return;
    const user = who.known === NEW ? who.name.trim() : who.known;
    await attempt(async () => {
      const known = users.some((each) => each.user === user);
      if (!known) await ask("POST", "/v1/users", { user, consent_raw: who.consent });
      keepSide(user, side);
      const { chosen: gestures } = choiceOf(kind, wish, stream, head);
      const order = { user, stream: stream.stream, gestures, add: wish.add && head !== null, ...wish.times };
      go("calibrate", (await ask<Calibration>("POST", "/v1/calibrations", order)).calibration);
    });
  }
  return (
    <form class="setup" onSubmit={start}>
      <UserChoice users={users} who={who} choose={choose} />
      <Where side={side} setSide={setSide} streams={streams} stream={stream} setStream={setStream} />
      {kind && (
        <What kind={kind} wish={wish} become={become} stream={stream} head={head} side={side} busy={busy}>
          <Why problem={problem} />
        </What>
      )}
    </form>
  );
}

interface WhereProps {
  side: Side;
  setSide: (side: Side) => void;
  streams: StreamInfo[];
  stream: StreamInfo;
  setStream: (stream: string) => void;
}

function Where({ side, setSide, streams, stream, setStream }: WhereProps) {
  const words = useWords();
  return (
    <section aria-labelledby="where">
      <h2 id="where">{words.calibrate.where}</h2>
      <div class="row-of">
        <fieldset class="side">
          <legend>{words.calibrate.hand}</legend>
          {(["left", "right"] as const).map((each) => (
            <label key={each}>
              <input type="radio" name="side" checked={side === each} onChange={() => setSide(each)} />
              {words.calibrate.sides[each]}
            </label>
          ))}
        </fieldset>
        <StreamChoice streams={streams} chosen={stream} choose={setStream} />
        <a href={address("live", stream.stream)}>{words.calibrate.look}</a>
      </div>
      <p role="status" class={stream.state === "live" ? "good" : "bad"}>
        {words.live.states[stream.state]}
      </p>
      {kindOf(stream.answers) === null && <p role="status">{words.calibrate.notOfSpeeds}</p>}
    </section>
  );
}

interface WhatProps {
  kind: Kind;
  wish: Wish;
  become: (change: Partial<Wish>) => void;
  stream: StreamInfo;
  head: HeadVersion | null;
  side: Side;
  busy: boolean;
  children: ComponentChildren;
}

/** What is asked, and for how long; the button that starts it. */
function What({ kind, wish, become, stream, head, side, busy, children }: WhatProps) {
  const { calibrate: words } = useWords();
  const { offered, chosen, enough } = choiceOf(kind, wish, stream, head);
  const add = wish.add && head !== null;
  const times = { ...USUAL[kind], ...wish.times };
  const toggle = (gesture: string, on: boolean) =>
    become({ left: on ? wish.left.filter((each) => each !== gesture) : [...wish.left, gesture] });
  const invent = (gesture: string) =>
    become({ own: [...new Set([...wish.own, gesture])], left: wish.left.filter((each) => each !== gesture) });
  const cards = { offered, chosen: chosen ?? [], toggle };
  return (
    <>
      {kind === "gestures" && (
        <GestureChoice {...cards} own={wish.own} side={side} head={head} add={add} setAdd={(add) => become({ add })} invent={invent} />
      )}
      {kind === "text" && <SentenceChoice lines={wish.lines} write={(lines) => become({ lines })} />}
      {kind === "events" && <ActChoice {...cards} />}
      <section aria-labelledby="plan">
        <h2 id="plan">{words.plan}</h2>
        <PlanInWords kind={kind} gestures={chosen} times={times} />
        <MoreChoices kind={kind} times={times} change={(change) => become({ times: { ...wish.times, ...change } })} />
        {!enough && <p role="status">{add ? words.atLeastOne : words.asks[kind].tooFew}</p>}
        {children}
        <button type="submit" class="first big" disabled={!enough || busy}>
          {words.start}
        </button>
      </section>
    </>
  );
}
