import { expect, test } from "vitest";
import { worksTable } from "../../templates/letter-tables.ts";
import { loadWords } from "../../templates/words.ts";
import { application } from "../desk/application.ts";

const words = loadWords();

test("a letter about a joint venture's works names the venture beside its lead member", () => {
  const venture = application({ jointVentureName: "利根・文間共同企業体" });
  expect(worksTable(venture, words)).toContain("利根建設株式会社（利根・文間共同企業体の代表者）");
  expect(worksTable(application(), words)).not.toContain("代表者");
});
