import type { Words } from "..";
import { say } from "./say";

export const causes: Words["causes"] = {
  dead: ({ channels }) =>
    `Kanal ${channels[0]} zeigt kein Signal: Prüfen Sie sein Kabel, drücken Sie seine Elektrode an.`,
  clipped: ({ channels, percent }) =>
    `Kanal ${channels[0]} ist ${say.number(percent, 1)} % der Zeit am Ende seines Messbereichs: Verringern Sie seine Verstärkung.`,
  twins: ({ channels }) =>
    `Die Kanäle ${channels[0]} und ${channels[1]} zeigen dasselbe Signal: Prüfen Sie die Kabel.`,
  loose: ({ channels }) => `Kanal ${channels[0]} sitzt lose: Drücken Sie die Elektrode an.`,
  hum: ({ channels, hz }) => `Kanal ${channels[0]} brummt mit ${say.amount(hz)} Hz: Drücken Sie seine Elektrode an.`,
  hum_all: ({ hz }) =>
    `Die meisten Kanäle brummen mit ${say.amount(hz)} Hz: Drücken Sie die Bezugselektrode an, ziehen Sie Ladegeräte in der Nähe ab.`,
  lost: ({ percent }) =>
    `${say.number(percent)} % der Messwerte gingen verloren: Prüfen Sie die Verbindung zum Gerät.`,
  gaps: () => "Keine Sekunde des Signals ist ohne Lücke: Prüfen Sie die Verbindung zum Gerät.",
  not_at_rest: () => "Der Arm war nicht in Ruhe: Legen Sie ihn ab und entspannen Sie ihn.",
  no_contraction: ({ seconds }) =>
    `In ${say.amount(seconds)} s war keine Anspannung zu finden: Halten Sie die Geste, sobald sie verlangt wird, etwas fester.`,
  short: ({ held, asked }) =>
    `Nur ${say.number(held, 1)} von ${say.number(asked, 1)} s ruhig gehalten: Halten Sie, bis Sie entspannen sollen.`,
  unfinished: ({ asked }) =>
    `Nach ${say.amount(asked)} s noch nicht fertig: Machen Sie schneller, sagen Sie, wenn Sie fertig sind, oder beginnen Sie mit mehr Zeit für jeden.`,
  too_little: () => "Die Muskeln waren viel weniger aktiv, als so viele Tasten brauchen.",
  too_much: () => "Die Muskeln waren viel mehr aktiv, als so viele Tasten brauchen.",
  misheard: () => "Der bisherige Kopf hat etwas anderes verstanden.",
  interrupted: () => "Das Signal war unterbrochen: Das wird noch einmal verlangt.",
};
