import { useCallback, useEffect, useState } from "preact/hooks";
import { askFile } from "../api";
import { parse, quantile, type Buckets, type Sample } from "./metrics";

const EVERY_MS = 2000;
/** Looks that are kept: three minutes. */
const KEPT = 90;
/** Looks over which numbers are taken that would jump too much from one to the next: half a minute. */
const STEADY = 15;

/** One look at the metrics: of each stream, and of the process, what charts are made of. */
interface Moment {
  at: number;
  predictions: Map<string, number>;
  wait: Map<string, Buckets>;
  compute: Map<string, Buckets>;
  cpu: number;
  memory: number;
}

/** What came of the last looks; `values` are the newest last, null where nothing was counted. */
export interface Series {
  values: (number | null)[];
}

export interface History {
  samples: Sample[];
  problem: Error | null;
  look: () => Promise<void>;
  rate: (stream: string) => Series;
  compute: (stream: string) => Series;
  /** Seconds below which that share of the waits, or computations, of the last half minute stayed. */
  below: (stream: string, what: "wait" | "compute", share: number) => number | null;
  cpu: Series;
  memory: Series;
}

/** The metrics of the last minutes, as long as somebody looks; they are kept here and nowhere else. */
export function useHistory(visible: boolean): History {
  const [moments, setMoments] = useState<Moment[]>([]);
  const [samples, setSamples] = useState<Sample[]>([]);
  const [problem, setProblem] = useState<Error | null>(null);
  const look = useCallback(async () => {
    try {
      const found = parse(await (await askFile("/metrics")).text());
      setSamples(found);
      setMoments((before) => [...before, moment(found)].slice(-KEPT));
      setProblem(null);
    } catch (error) {
      setProblem(error as Error);
    }
  }, []);
  useEffect(() => {
    if (!visible) return;
    void look();
    const timer = setInterval(look, EVERY_MS);
    return () => clearInterval(timer);
  }, [look, visible]);

  return {
    samples,
    problem,
    look,
    rate: (stream) => pairs(moments, (a, b) => rising(a.predictions.get(stream), b.predictions.get(stream), seconds(a, b))),
    compute: (stream) =>
      pairs(moments, (a, b) => quantile(a.compute.get(stream) ?? [], b.compute.get(stream) ?? [], 0.99)),
    below: (stream, what, share) => {
      const [first, last] = [moments.at(-STEADY) ?? moments[0], moments.at(-1)];
      return first && last ? quantile(first[what].get(stream) ?? [], last[what].get(stream) ?? [], share) : null;
    },
    cpu: pairs(moments, (a, b) => rising(a.cpu, b.cpu, seconds(a, b))),
    memory: { values: moments.map(({ memory }) => memory) },
  };
}

function pairs(moments: Moment[], of: (before: Moment, after: Moment) => number | null): Series {
  return { values: moments.slice(1).map((after, place) => of(moments[place]!, after)) };
}

function seconds(before: Moment, after: Moment): number {
  return (after.at - before.at) / 1000;
}

/** By how much a counter grew in a second; after a restart it is smaller than before, and says nothing. */
function rising(before: number | undefined, after: number | undefined, over: number): number | null {
  if (before === undefined || after === undefined || after < before || over <= 0) return null;
  return (after - before) / over;
}

function moment(samples: Sample[]): Moment {
  return {
    at: performance.now(),
    predictions: new Map(named(samples, "palmaris_stream_predictions_total").map(({ labels, value }) => [labels.stream!, value])),
    wait: buckets(named(samples, "palmaris_stream_wait_seconds_bucket")),
    compute: buckets(named(samples, "palmaris_stream_compute_seconds_bucket")),
    cpu: one(samples, "process_cpu_seconds_total") ?? 0,
    memory: one(samples, "process_resident_memory_bytes") ?? 0,
  };
}

function named(samples: Sample[], name: string): Sample[] {
  return samples.filter((sample) => sample.name === name);
}

/** A number that there is one of. */
export function one(samples: Sample[], name: string): number | null {
  return named(samples, name)[0]?.value ?? null;
}

function buckets(samples: Sample[]): Map<string, Buckets> {
  const found = new Map<string, { below: number; count: number }[]>();
  for (const { labels, value } of samples) {
    const counted = found.get(labels.stream!) ?? [];
    counted.push({ below: Number(labels.le!.replace("Inf", "Infinity")), count: value });
    found.set(labels.stream!, counted);
  }
  return found;
}
