/** Filled form fields (ISO 32000-1 §12.7): values at their place on the page, beside the label that is printed there. */
import type { Piece } from "./pdf-lines.ts";

/** A widget as pdf.js describes it. */
export interface Field {
  subtype?: string;
  fieldType?: string | null;
  fieldName?: string;
  /** Tooltip (TU). */
  alternativeText?: string;
  fieldValue?: unknown;
  rect?: number[];
  checkBox?: boolean;
  radioButton?: boolean;
  pushButton?: boolean;
  buttonValue?: string | null;
  exportValue?: string;
  options?: { exportValue?: string; displayValue?: string }[];
  hidden?: boolean;
  password?: boolean;
}

const TICKED = "\u2612";
const UNTICKED = "\u2610";
/** Words that people print: kana and kanji. `Text12` and `undefined_3` are names of a program. */
const WORDS = /[\u3040-\u30ff\u3400-\u9fff]/u;
/** A label stands at most so far to the left of its field. */
const LABEL_REACH = 250;
/** The label of a tick stands right behind or in front of it. */
const TICK_REACH = 90;

/** Values as pieces of the page, where they stand on the line of a printed label. */
export function placedFields(fields: Field[], printed: Piece[]): Piece[] {
  return fields.flatMap((field) => {
    const value = shownValue(field);
    const place = placeOf(field);
    if (value === "" || place === null || !hasLabel(field, place, printed)) return [];
    const size = Math.min(place.height, 12);
    const base = baseOf(place, printed);
    const width = isTick(field) ? tickWidth(place, base, printed) : place.width;
    return [{ text: value, x: place.x, y: base, width, height: size }];
  });
}

/**
 * Values as lines of their own: fields that no printed label stands beside, and those whose tooltip says more than what
 * is printed. The label is the tooltip, else the name.
 */
export function fieldLines(fields: Field[], printed: Piece[]): string[] {
  return fields.flatMap((field) => {
    const value = shownValue(field);
    if (value === "") return [];
    const place = placeOf(field);
    const isPlaced = place !== null && hasLabel(field, place, printed);
    const name = clean(field.alternativeText || field.fieldName || "");
    if (name === "" || (isPlaced && !saysMore(field, name, place, printed))) return [];
    if (field.radioButton) return value === TICKED ? [`${name}\t${clean(buttonOf(field))}`] : [];
    return [`${name}\t${value}`];
  });
}

const clean = (text: string): string => text.replace(/\s*[\r\n\t]+\s*/gu, " ").trim();
const isTick = (field: Field): boolean => field.checkBox === true || field.radioButton === true;
const buttonOf = (field: Field): string => field.buttonValue ?? field.exportValue ?? "";

function shownValue(field: Field): string {
  if (field.hidden || field.password || field.pushButton || !field.fieldType) return "";
  const { fieldValue } = field;
  if (field.checkBox)
    return fieldValue === undefined || fieldValue === null || fieldValue === "Off" ? UNTICKED : TICKED;
  if (field.radioButton) return fieldValue !== null && fieldValue === field.buttonValue ? TICKED : UNTICKED;
  const values = (Array.isArray(fieldValue) ? fieldValue : [fieldValue]).filter((v) => typeof v === "string");
  // A list keeps the export value; people saw the other one.
  return values
    .map((v) => clean(field.options?.find(({ exportValue }) => exportValue === v)?.displayValue ?? v))
    .filter((v) => v !== "")
    .join(" ");
}

interface Place {
  x: number;
  y: number;
  width: number;
  height: number;
}

function placeOf({ rect }: Field): Place | null {
  const [x1, y1, x2, y2] = rect ?? [];
  if (x1 === undefined || y1 === undefined || x2 === undefined || y2 === undefined) return null;
  return { x: Math.min(x1, x2), y: Math.min(y1, y2), width: Math.abs(x2 - x1), height: Math.abs(y2 - y1) };
}

/** Printed pieces whose base line runs through the field. */
const onLine = (place: Place, printed: Piece[]): Piece[] =>
  printed.filter((p) => p.y >= place.y - p.height * 0.4 && p.y <= place.y + place.height - p.height * 0.3);

/** Printed pieces in reach that may be the label of a field. */
function labelsOf(field: Field, place: Place, printed: Piece[]): Piece[] {
  const reach = isTick(field) ? TICK_REACH : LABEL_REACH;
  return onLine(place, printed).filter((p) => {
    const left = place.x - (p.x + p.width);
    const right = p.x - (place.x + place.width);
    return (
      WORDS.test(p.text) &&
      ((left > -place.width / 2 && left < reach) || (isTick(field) && right > -4 && right < reach))
    );
  });
}

const hasLabel = (field: Field, place: Place, printed: Piece[]): boolean =>
  labelsOf(field, place, printed).length > 0;

/** The base line of the printed text beside a field, so that both stand on one line; its own where it has none. */
function baseOf(place: Place, printed: Piece[]): number {
  const middle = place.y + place.height / 2;
  const [nearest] = onLine(place, printed).sort((a, b) => distance(a) - distance(b));
  return nearest?.y ?? place.y;
  function distance(p: Piece): number {
    return Math.abs(p.y + p.height / 2 - middle) + Math.abs(p.x - place.x) / 100;
  }
}

/** A tick reaches to the word behind it, so that no gap parts the two. */
function tickWidth(place: Place, base: number, printed: Piece[]): number {
  const behind = printed.filter(
    (p) => p.y === base && p.x > place.x && p.x < place.x + place.width + TICK_REACH,
  );
  return behind.length === 0 ? place.width : Math.min(...behind.map((p) => p.x)) - place.x;
}

/** Does a tooltip bear words that are not printed beside the field? */
function saysMore(field: Field, name: string, place: Place | null, printed: Piece[]): boolean {
  if (place === null || isTick(field) || !WORDS.test(name)) return false;
  const line = onLine(place, printed)
    .map(({ text }) => text)
    .join("");
  return !bare(line).includes(bare(name));
}

const bare = (text: string): string => text.normalize("NFKC").replace(/[^\p{L}\p{N}]/gu, "");
