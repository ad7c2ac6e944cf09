/** Letters that pass another letter on: whose values count, and how much the sender says himself. */
import type { Labels } from "./labels.ts";
import { valuesIn } from "./letter-values.ts";
import type { PairSource } from "./queries.ts";
import type { LetterText, Row, Source } from "./source.ts";

/** A sender who says fewer of an application's values himself, and passes a letter on, means that letter. */
const OWN_VALUES = 4;
const PERIOD_FIELDS: Row["field"][] = ["period", "worksFrom", "worksUntil"];

/** Does the sender pass a letter on (inline or attached), rather than answer one? */
function forwards({ subject, bodies }: LetterText, quoted: Source[], { mentions }: Labels): boolean {
  if (quoted.some(({ name }) => name !== "")) return true;
  const said = [subject, ...bodies].flatMap((text) => text.split("\n"));
  return mentions.forwardStart.some((mark) => said.some((line) => mark.test(line)));
}

/** Are the values to be looked for in what the letter quotes or passes on? */
export function isPassedOn(letter: LetterText, own: PairSource[], quoted: Source[], labels: Labels): boolean {
  const values = valuesIn(own, labels);
  return values === 0 || (values < OWN_VALUES && forwards(letter, quoted, labels));
}

/** What the sender says himself, and of the letter passed on what he says nothing about (contract section 3). */
export function withPassedOn(own: PairSource[], quoted: PairSource[]): Row[] {
  const ownRows = own.flatMap(({ rows }) => rows);
  const passed = quoted.filter(({ isNotice }) => !isNotice).flatMap(({ rows }) => rows);
  return [...ownRows, ...passed.filter((row) => !isStated(row, ownRows))];
}

/** An amount beside a product's name is that product's guaranteed amount. */
const sameThing = ({ field, value }: Row): Row["field"] =>
  field === "product" && /\d/u.test(value) ? "guaranteedYen" : field;

const isStated = (row: Row, own: Row[]): boolean =>
  own.some(
    (one) =>
      one.value !== "" &&
      (sameThing(one) === sameThing(row) ||
        (PERIOD_FIELDS.includes(one.field) && PERIOD_FIELDS.includes(row.field))) &&
      (one.product === null || row.product === null || one.product === row.product),
  );
