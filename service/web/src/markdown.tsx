import type { ComponentChildren, JSX } from "preact";
import { useWords } from "./words";

/**
 * The Markdown of model cards as elements, never as HTML: headings, paragraphs, lists, tables, code, bold, links.
 * Whatever else there is stays as it was written. `top` is the level of the heading that stands above it all.
 */
export function Markdown({ text, top }: { text: string; top: number }) {
  return <div class="markdown">{blocks(text.split(/\r?\n/)).map((block) => shown(block, top))}</div>;
}

type Kind = "heading" | "code" | "fence" | "table" | "list" | "text";
interface Block {
  kind: Kind;
  lines: string[];
}

const BEGINS: [Kind, RegExp][] = [
  ["heading", /^#{1,6} /],
  ["fence", /^```/],
  ["code", /^( {4}|\t)/],
  ["table", /^\|/],
  ["list", /^([-*]|\d+\.) /],
];

function kindOf(line: string): Kind {
  return BEGINS.find(([, begins]) => begins.test(line))?.[0] ?? "text";
}

/** Lines that belong together; an empty line parts them, but not within a fence. */
function blocks(lines: string[]): Block[] {
  const found: Block[] = [];
  let open: Block | null = null;
  for (const line of lines) {
    if (open?.kind === "fence") {
      if (kindOf(line) === "fence") open = null;
      else open.lines.push(line);
    } else if (!line.trim()) open = null;
    else {
      const kind: Kind = kindOf(line);
      const wrapped = open?.kind === "list" && (kind === "text" || kind === "code");
      if (open && kind !== "heading" && (open.kind === kind || wrapped)) open.lines.push(line);
      else {
        open = { kind, lines: kind === "fence" ? [] : [line] };
        found.push(open);
        if (kind === "heading") open = null;
      }
    }
  }
  return found;
}

function shown({ kind, lines }: Block, top: number): JSX.Element {
  switch (kind) {
    case "heading":
      return heading(lines[0]!, top);
    case "fence":
      return code(lines);
    case "code":
      return code(lines.map((line) => line.replace(/^( {4}|\t)/, "")));
    case "table":
      return <Table rows={lines.map(cells)} />;
    case "list":
      return list(lines);
    default:
      return <p>{inline(lines.join(" "))}</p>;
  }
}

function heading(line: string, top: number): JSX.Element {
  const level = line.indexOf(" ");
  const Tag = `h${Math.min(top + level, 6)}` as "h3";
  return <Tag>{inline(line.slice(level + 1))}</Tag>;
}

function code(lines: string[]): JSX.Element {
  return (
    <pre tabIndex={0}>
      <code>{lines.join("\n")}</code>
    </pre>
  );
}

function list(lines: string[]): JSX.Element {
  const items: string[] = [];
  for (const line of lines) {
    if (kindOf(line) === "list") items.push(line.replace(/^\S+ /, ""));
    else items[items.length - 1] += ` ${line.trim()}`;
  }
  const Tag = /^\d/.test(lines[0]!) ? "ol" : "ul";
  return (
    <Tag>
      {items.map((item) => (
        <li>{inline(item)}</li>
      ))}
    </Tag>
  );
}

function cells(line: string): string[] {
  return line
    .replace(/^\||\|\s*$/g, "")
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll("\\|", "|"));
}

/** The first column names the rows. Where the head of a table is empty, nobody has to hear of it. */
function Table({ rows }: { rows: string[][] }) {
  const words = useWords();
  const ruled = rows[1]?.every((cell) => /^:?-+:?$/.test(cell));
  const head = ruled && rows[0]!.some(Boolean) ? rows[0]! : null;
  const body = ruled ? rows.slice(2) : rows;
  return (
    <div class="wide" role="group" aria-label={words.page.table} tabIndex={0}>
      <table>
        {head && (
          <thead>
            <tr>
              {head.map((cell) => (
                <th scope="col">{inline(cell)}</th>
              ))}
            </tr>
          </thead>
        )}
        <tbody>
          {body.map(([first = "", ...others]) => (
            <tr>
              <th scope="row">{inline(first)}</th>
              {others.map((cell) => (
                <td>{inline(cell)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const MARKS = /(\*\*[^*]+\*\*|`[^`]+`|\[[^\]]+\]\([^()\s]+\))/;

function inline(text: string): ComponentChildren {
  return text.split(MARKS).map((part, place) => (place % 2 ? marked(part) : part));
}

function marked(part: string): ComponentChildren {
  if (part.startsWith("**")) return <strong>{part.slice(2, -2)}</strong>;
  if (part.startsWith("`")) return <code>{part.slice(1, -1)}</code>;
  const [, words, target] = /^\[(.+)\]\((.+)\)$/.exec(part)!;
  if (!/^https?:\/\//.test(target!)) return words; // what leads elsewhere than to the web leads nowhere here
  return (
    <a href={target} rel="noreferrer">
      {words}
    </a>
  );
}
