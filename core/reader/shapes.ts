/** Values known by what they look like, for letters whose sentences put them without any label. */
import type { Medium } from "../terms.ts";
import { foldWidth, squeeze } from "../text.ts";
import type { Labels } from "./labels.ts";

/** What the new text names, each once; one name alone is sure enough to stand in where no label says anything. */
export interface Shapes {
  orderers: string[];
  contractors: string[];
  ventures: string[];
  banks: string[];
  /** The media named without doubt or denial. */
  media: Medium[];
}

const found = (pattern: RegExp, text: string): string[] => [
  ...new Set(
    [...text.matchAll(new RegExp(pattern.source, "gu"))].map((m) => squeeze(m.slice(1).find(Boolean) ?? "")),
  ),
];

/** Names by their shape, in sentences about this letter's works; earlier jobs and closed accounts are left out. */
export function shapesIn(raw: string, labels: Labels): Shapes {
  const { shapes, tokens } = labels;
  const sentences = foldWidth(raw)
    .split(/[\u3002\n]/u)
    .map(squeeze)
    .filter((sentence) => sentence !== "" && !tokens.earlierJob.test(sentence));
  const text = sentences.join("\n");
  const deposits = sentences.filter((sentence) => !shapes.otherAccount.test(sentence)).join("\n");
  const bare = (names: string[]) => [
    ...new Set(names.map((name) => name.replace(shapes.fillers, "").replace(tokens.copula, ""))),
  ];
  return {
    orderers: found(shapes.orderer, text),
    contractors: bare(found(shapes.contractor, text)),
    ventures: bare(found(shapes.venture, text)),
    banks: bare(found(shapes.bank, deposits)),
    media: mediaIn(sentences, labels),
  };
}

function mediaIn(sentences: string[], { shapes }: Labels): Medium[] {
  const sure = sentences
    .filter((sentence) => !shapes.doubt.test(sentence))
    .map((sentence) => sentence.replace(new RegExp(shapes.mediumDenied.source, "gu"), ""));
  const isNamed = (pattern: RegExp) => sure.some((sentence) => pattern.test(sentence));
  return [
    ...(isNamed(shapes.electronic) ? ["electronic" as const] : []),
    ...(isNamed(shapes.paper) ? ["paper" as const] : []),
  ];
}
