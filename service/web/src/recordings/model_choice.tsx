import { useAsked } from "../asked";
import { fits } from "../fits";
import type { ModelInfo } from "../frames";
import { useWords } from "../words";
import type { RecordingDetail } from "./frames";

export interface Models {
  names: string[];
  first: string;
}

/** The models that can listen to such a recording. */
export function useModels({ labels, rate_hz }: RecordingDetail): Models {
  const { found } = useAsked<ModelInfo[]>("/v1/models");
  const names = found?.filter(({ facts }) => fits(facts, labels.length, rate_hz)).map(({ model }) => model) ?? [];
  return { names, first: names.find((name) => name === "csae-simulated") ?? names[0] ?? "" };
}

interface Props {
  models: Models;
  /** Empty: the first one. */
  chosen: string;
  choose: (model: string) => void;
}

export function ModelChoice({ models, chosen, choose }: Props) {
  const words = useWords();
  return (
    <label>
      {words.recordings.model}
      <select value={chosen || models.first} onChange={(event) => choose(event.currentTarget.value)}>
        {models.names.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </label>
  );
}
