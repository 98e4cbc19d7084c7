/** The little markup that answers may have, as a tree: line breaks, « • » lists, **bold**, [text](https://…). Nothing else. */

export type Inline = { kind: "text" | "bold"; text: string } | { kind: "link"; text: string; href: string };
export type Block = { kind: "paragraph"; lines: Inline[][] } | { kind: "list"; items: Inline[][] };

const PIECE = /\*\*([^*\n]{1,300})\*\*|\[([^\]\n]{1,200})\]\((https?:\/\/[^\s)<>"']{1,500})\)/g;

/** Return the pieces of one line. Links other than http(s) stay text. */
export function inline(line: string): Inline[] {
  const pieces: Inline[] = [];
  let from = 0;
  for (const found of line.matchAll(PIECE)) {
    if (found.index > from) pieces.push({ kind: "text", text: line.slice(from, found.index) });
    if (found[1] !== undefined) pieces.push({ kind: "bold", text: found[1] });
    else pieces.push({ kind: "link", text: found[2] ?? "", href: found[3] ?? "" });
    from = found.index + found[0].length;
  }
  if (from < line.length) pieces.push({ kind: "text", text: line.slice(from) });
  return pieces;
}

/** Return the blocks of a bubble's text. */
export function blocks(text: string): Block[] {
  const made: Block[] = [];
  for (const paragraph of text.split(/\n{2,}/)) {
    for (const line of paragraph.split("\n")) {
      const last = made[made.length - 1];
      const item = /^\s*•\s*(.*)$/.exec(line);
      if (item) {
        if (last?.kind === "list") last.items.push(inline(item[1] ?? ""));
        else made.push({ kind: "list", items: [inline(item[1] ?? "")] });
      } else if (last?.kind === "paragraph" && line !== paragraph.split("\n")[0]) last.lines.push(inline(line));
      else if (line.trim()) made.push({ kind: "paragraph", lines: [inline(line)] });
    }
  }
  return made;
}
