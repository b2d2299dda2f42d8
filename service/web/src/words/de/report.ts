import type { Words } from "..";
import { say } from "./say";

export const report: Words["report"] = {
  title: "Bericht",
  of: (user) => `Bericht zum Kopf von ${user}`,
  version: (version) => `Version ${version}`,
  print: "Drucken",
  whose: "Wählen Sie unter Personen eine Person und eine Version.",
  advised: "Empfehlung",
  advice: {
    accept: "Verwenden Sie den neuen Kopf.",
    achieved: (f1) => `Sein F1 beträgt ${f1}, gemessen an Versuchen, aus denen er nicht gelernt hat.`,
    stillWeak: (names) => `Rechnen Sie mit Fehlern bei: ${names}. Mehr Versuche helfen kaum.`,
    moreTrials: (names) => `Nehmen Sie noch je einen Versuch auf: ${names}.`,
    notSureEnough: (known) => `Bisher in zu wenigen Fenstern oder nicht sicher genug erkannt: ${known}.`,
    unknownYet: "Vor dem zweiten Versuch lässt sich über eine Geste nichts sagen.",
    drop: (names) => `Lassen Sie weg oder ersetzen Sie durch eine andere Geste: ${names}.`,
    mistaken: (name, share, other) =>
      `${name}: in ${share} der Fenster erkannt, sonst meist für „${other}“ gehalten.`,
    keepPrevious: "Behalten Sie den bisherigen Kopf.",
    keepPreviousWhy: "In den Versuchen von heute ist er besser als der neue.",
  },
  beforeAndAfter: "F1 vorher und nachher",
  before: (head) => `Vorher: ${head}`,
  nothingBefore: "Vorher: Kein Kopf kannte diese Gesten",
  after: "Nachher: neuer Kopf",
  old: "Nachher, früher aufgenommene Gesten",
  new: "Nachher, neue Gesten",
  fewer: (before, after) =>
    `Nicht ganz vergleichbar: Vorher ließen sich ${before} Gesten bewerten, nachher ${after}.`,
  noEstimate:
    "Keine Schätzung: Erst ab dem zweiten Versuch einer Geste lässt sich der Kopf an einem prüfen, aus dem er nicht gelernt hat.",
  notMeasured: "nicht gemessen",
  withInterval: (value, low, high) => `${value} (${low} bis ${high})`,
  withoutInterval: (value) => `${value} (ein Versuch, ohne Intervall)`,
  sequences: {
    titles: { text: "Falsche Tasten", events: "Falsche Bewegungen" },
    alone: (value) => `${value} (ohne Intervall)`,
    noEstimate: "Keine Schätzung: Erst ab dem zweiten Versuch lässt sich der Kopf an einem prüfen, aus dem er nicht gelernt hat.",
    advice: {
      moreTrials: { text: "Nehmen Sie noch einen Satz oder mehrere auf.", events: "Nehmen Sie jede Bewegung noch einmal auf." },
      compared: {
        text: (after, before) =>
          `Woraus er nicht gelernt hat, davon sind ${after} der Tasten falsch; vorher waren es ${before}.`,
        events: (after, before) =>
          `Woraus er nicht gelernt hat, davon verpasst oder verwechselt er ${after} der Bewegungen; vorher waren es ${before}.`,
      },
    },
    parts: "Was falsch ist",
    error: "Fehler",
    kinds: {
      insertions: "Tasten zu viel",
      deletions: "Fehlende Tasten",
      substitutions: "Eine andere Taste",
      cler: "Verwechselt, von den bemerkten",
      miss_rate: "Verpasst",
      false_per_minute: "Ohne Bewegung, je Minute",
      delay_p50_ms: "Verzögerung, Median",
      delay_p95_ms: "Verzögerung, 95 % sind schneller",
    },
    meaning: "Was bedeuten diese Zahlen?",
    explained: {
      text: [
        "Falsche Tasten, die Zeichenfehlerrate: Tasten zu viel, fehlende und verwechselte, von allen verlangten. Sie kann über 100 % liegen.",
        "In Klammern: das 95-%-Intervall, wie weit der Wert schwankt, wenn man diese Sätze neu zieht. Bei wenigen ist es grob.",
      ],
      events: [
        "Falsche Bewegungen: der Anteil an allem, was gedrückt, losgelassen und getippt wurde, der verpasst oder verwechselt wurde.",
        "Antworten ohne Bewegung sind für sich gezählt: so viele in jeder Minute.",
      ],
    },
    learnedFrom: "Woraus er gelernt hat",
    learned: {
      text: (keys, pieces, time) =>
        `${say.number(keys)} Tasten in ${pieces} ${pieces === 1 ? "Stück" : "Stücken"} Signal, zusammen ${time}, frühere Kalibrierungen eingeschlossen.`,
      events: (acts, pieces, time) =>
        `${say.number(acts)} Mal gedrückt, losgelassen oder getippt in ${pieces} ${pieces === 1 ? "Stück" : "Stücken"} Signal, zusammen ${time}, frühere Kalibrierungen eingeschlossen.`,
    },
  },
  meaning: "Was bedeuten F1 und Trefferquote?",
  explained: [
    "Trefferquote: der Anteil der Fenster, kurzer Stücke des Signals, in denen eine Geste gehalten und auch erkannt wurde.",
    "F1: eine Zahl für verpasste und falsche Antworten zusammen, gemittelt über die Gesten; 100 % ist fehlerfrei.",
    "In Klammern: das 95-%-Intervall, wie weit der Wert schwankt, wenn man diese Versuche neu zieht. Bei wenigen Versuchen ist es grob.",
  ],
  eachGesture: "Jede Geste",
  gesture: "Geste",
  recall: "Trefferquote",
  trials: "Versuche",
  windows: "Fenster",
  compared: "Was sonst versucht wurde",
  method: "Verfahren",
  f1: "F1",
  methods: {
    gaussians: "Gauß-Verteilungen je Geste",
    mlp: "Kleines neuronales Netz (MLP)",
    lda: "Linear (LDA), nur zum Vergleich",
    previous: "bisheriger Kopf der Person",
    population: "Kopf für alle",
  },
  chosen: "(der neue Kopf)",
  confusion: "Was geantwortet wurde",
  confusionOf: {
    percent: "Antworten des neuen Kopfes, in Prozent der Fenster jeder gehaltenen Geste",
    windows: "Antworten des neuen Kopfes, in Fenstern",
  },
  held: "Gehalten ↓ Antwort →",
  shownAs: "Gezeigt als",
  units: { percent: "Prozent", windows: "Fenster" },
};
