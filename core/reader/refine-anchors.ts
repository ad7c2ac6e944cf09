/** Labels inside values: what a line's labels mean once they are seen together. */
import type { Anchor } from "./anchors.ts";
import { matchLabel } from "./label-match.ts";
import { type FieldName, isProductField, type Labels } from "./labels.ts";

/** The labels of a line, inner ones taken at their word. */
export const refineAnchors = (anchors: Anchor[], labels: Labels): Anchor[] =>
  clausesPerProduct(
    anchors.map((one) => innermost(one, labels)),
    labels,
  );

/** "For the performance the amount is …, then for the advance …": in one sentence what follows a product is that product's. */
export function withSpokenProducts(anchors: Anchor[], labels: Labels): Anchor[] {
  const kinds = new Set(anchors.flatMap(({ field, product }) => (field === "product" ? [product] : [])));
  if (kinds.size < 2) return anchors;
  let spoken: Anchor["product"] = null;
  return anchors.map((anchor) => {
    if (anchor.field === "product" && anchor.prose) {
      const isJoined = labels.tokens.conjunction.test(anchor.value);
      spoken = isJoined ? null : anchor.product;
    }
    const isLoose = anchor.field === "guaranteedYen" && anchor.product === null && anchor.prose;
    return isLoose && spoken !== null ? { ...anchor, product: spoken } : anchor;
  });
}

const PARTIES: FieldName[] = ["ordererName", "contractorName", "leadMember"];
const CONTACTS: FieldName[] = ["phone", "name", "department", "title"];

/** "Applicant  address  …": the inner label says what the value is. */
function innermost(anchor: Anchor, labels: Labels): Anchor {
  const group = [PARTIES, CONTACTS].find((fields) => fields.includes(anchor.field));
  if (group === undefined || anchor.prose) return anchor;
  const inner = matchLabel(anchor.value, 0, labels);
  if (inner?.start !== 0 || ![...group, "ignored"].includes(inner.target.field)) return anchor;
  const gap = /^(?:\s+|\s*:\s*)(?=\S)/u.exec(anchor.value.slice(inner.end));
  if (!gap) return anchor;
  return { ...anchor, ...inner.target, value: anchor.value.slice(inner.end + gap[0].length) };
}

/** "Form: the advance electronic, the performance on paper": each clause is a row of its product. */
function clausesPerProduct(anchors: Anchor[], labels: Labels): Anchor[] {
  const [first, ...others] = anchors;
  if (!first || first.product !== null || !isProductField(first.field) || first.prose) return anchors;
  const lead = matchLabel(first.value, 0, labels);
  const clauses = others.filter((one) => one.field === "product" && one.prose && !/\d/u.test(one.value));
  if (lead?.target.field !== "product" || clauses.length === 0 || clauses.length !== others.length)
    return anchors;
  const value = first.value.slice(lead.end).replace(labels.tokens.particle, "");
  return [
    { ...first, product: lead.target.product, value },
    ...clauses.map((one) => ({ ...one, field: first.field, prose: false })),
  ];
}
