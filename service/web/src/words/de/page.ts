import type { Words } from "..";

export const page: Words["page"] = {
  language: "Sprache",
  theme: "Aussehen",
  themes: { auto: "Farben des Systems", light: "Hell", dark: "Dunkel" },
  noService: "Der Dienst antwortet nicht. Die Seite macht von selbst weiter, sobald er es tut.",
  cancel: "Abbrechen",
  token: "Zugangswort",
  tokenWhy: "Dieser Dienst lässt nur ein, wer ein Zugangswort (token) hat. Fragen Sie, wer ihn betreibt.",
  enter: "Eintreten",
  views: "Ansichten",
  working: "Einen Augenblick …",
  close: "Schließen",
  refused: "Der Dienst hat das abgelehnt. Er sagt:",
  unheard: "Es kam keine Antwort. Sehen Sie nach, ob es geschehen ist, bevor Sie es noch einmal versuchen: Der Dienst oder das Netz kann ausgefallen sein.",
  why: {
    401: "Dieses Zugangswort gilt nicht. Prüfen Sie es auf Tippfehler, oder fragen Sie nach einem anderen. Der Dienst sagt:",
    403: "Ihr Zugangswort erlaubt das nicht. Fragen Sie, wer den Dienst betreibt, nach einem anderen. Der Dienst sagt:",
    404: "Das ist nicht da, oder nicht mehr. Der Dienst sagt:",
    409: "Das passt gerade nicht. Der Dienst sagt:",
    422: "So geht es nicht. Der Dienst sagt:",
    429: "Zu viele Anfragen. Warten Sie etwas und versuchen Sie es dann noch einmal. Der Dienst sagt:",
    503: "Der Dienst kann gerade nichts speichern oder lesen. Er sagt:",
  },
  nameRule: "Buchstaben ohne Umlaute, Ziffern, - und _",
  table: "Tabelle",
  noStreams: "Es läuft kein Strom. Starten Sie einen unter Live.",
};
