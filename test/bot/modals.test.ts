import { describe, expect, it } from "vitest";
import { modalFixtures } from "./modal-fixtures.ts";

/** Every modal about a case as it is sent, a block a line. */
describe("modals about a case", () => {
  it.each(modalFixtures(8).map(({ name, modal }) => [name, modal] as const))("%s", (_, modal) => {
    const { blocks, ...frame } = modal;
    const lines = [frame, ...blocks].map((part) => JSON.stringify(part));
    expect(lines.join("\n")).toMatchSnapshot();
  });
});
