import type { ViewedLetter } from "../../core/desk/letter-view.ts";
import { maskKeys } from "../../core/guarantee/mask.ts";
import { squeeze } from "../../core/text.ts";
import type { BotWords, Say } from "../words.ts";
import { line } from "./facts.ts";
import { type Block, divider, heading, pieces, type Screen, SECTION_MAX, screens, sections } from "./kit.ts";
import { letterFacts, onePage } from "./letter.ts";

/** What of a stored letter is shown; see `OpenLetter`. */
export interface Opened {
  subject: string;
  text: string;
  files: readonly string[];
}

/** Characters of a text that are shown in Slack: more than forty sheets of paper, and masked within a tenth of a second. */
const TEXT_MAX = 100_000;
/** A key written with a gap after every character is shorter than this. */
const KEY_ROOM = 60;
/** Names of attachments; a letter has twenty at most that are opened. */
const FILES_MAX = 50;

/** The letter as it came, keys masked. `opened` is null when it cannot be opened. */
export function originalScreens(
  viewed: ViewedLetter,
  opened: Opened | null,
  page: number,
  words: BotWords,
  say: Say,
): Screen[] {
  const { letter } = viewed;
  const title = say("original.heading");
  const blocks: Block[] = [
    ...heading(title),
    ...sections(letterFacts({ ...viewed, letter: { ...letter, subject: null } }, words, say)),
    divider,
    ...(opened === null
      ? sections(say("original.notOpened"))
      : originalBlocks(opened, letter.oversize ? say("original.oversize") : say("recover.noText"), say)),
  ];
  return onePage(
    screens(title, blocks),
    { letterId: letter.id, view: "original", other: "reading", page },
    say,
  );
}

/** Slack takes no text of white space alone; a letter may have screens of it. */
function visible(text: string): Block[] {
  const parts = pieces(text, SECTION_MAX).filter((part) => part.trim() !== "");
  return parts.flatMap(sections);
}

function originalBlocks({ subject, text, files }: Opened, withoutText: string, say: Say): Block[] {
  // As a whole, here and below: half a key at the end of a block looks like none.
  const masked = maskKeys(text.slice(0, TEXT_MAX));
  const isLong = text.length > TEXT_MAX;
  const shown = (isLong ? masked.slice(0, -KEY_ROOM).toWellFormed() : masked).trimEnd();
  const names = files
    .slice(0, FILES_MAX)
    .map((name) => say("bullet", { text: maskKeys(name) || say("unknown") }));
  const more = files.length > FILES_MAX ? [say("original.moreFiles", { count: String(files.length) })] : [];
  return [
    ...sections(line(say, "field.subject", maskKeys(squeeze(subject)) || say("unknown"))),
    ...sections(
      files.length === 0 ? say("original.noFiles") : [say("recover.files"), ...names, ...more].join("\n"),
    ),
    divider,
    ...(shown.trim() === "" ? sections(withoutText) : visible(shown)),
    ...(isLong ? sections(say("original.cut", { count: String(TEXT_MAX) })) : []),
  ];
}
