import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readStaff } from "../../bot/staff.ts";
import { proposeContractor } from "../../core/desk/registry/contractor.ts";
import { confirmChange } from "../../core/desk/registry/decide.ts";
import { openDesk, PEOPLE, type TestDesk } from "../desk/desk.ts";
import { code, pastScreens } from "./past-screens.ts";

/** Whoever writes past the program with its own rights, or hides behind the spelling of a number, gets no further. */

const { clerk, approver } = PEOPLE;
let world: TestDesk;
let steps: ReturnType<typeof pastScreens>;
beforeAll(async () => {
  world = await openDesk();
  steps = pastScreens(world);
});
afterAll(() => world.close());

it("the database refuses what the program never writes", async () => {
  const id = await steps.issued();
  const [subject] = (await world.found(id)).guarantees.map((one) => one.id);
  const refuses = async (sql: string, what: RegExp) => expect(world.query(sql)).rejects.toThrow(what);
  const row = (version: number, maker: string, checker: string, verdict = "approved", approvals = 2) =>
    `INSERT INTO decisions VALUES ('${subject}', ${version}, '${verdict}', 'cancel', 'x', '${maker}', 'a', '${checker}', 'b', now(), ${approvals})`;
  await refuses(row(99, "1", "1"), /decisions_four_eyes/);
  await refuses(row(99, "1", "2", "approved", 0), /decisions_four_eyes/);
  await refuses(row(99, "1", "2", "taken_back"), /decisions_four_eyes/);
  await refuses(row(99, "1", "2", "waved"), /decisions_verdict/);
  const { rows } = {
    rows: await world.query<{ version: number }>(
      `SELECT version FROM decisions WHERE subject = '${subject}'`,
    ),
  };
  await refuses(row(rows[0]?.version ?? 0, "1", "2"), /decisions_pkey/);
  await refuses(
    `UPDATE decisions SET maker_employee = '9' WHERE subject = '${subject}'`,
    /decisions are kept/,
  );
  await refuses(`DELETE FROM decisions WHERE subject = '${subject}'`, /decisions are kept/);
  for (const table of ["decisions", "audit_entries", "certificate_versions", "registry_changes"])
    await refuses(`TRUNCATE ${table} CASCADE`, new RegExp(`${table} are kept`));
  await refuses("UPDATE audit_entries SET cause = 'x'", /audit_entries are kept/);
  await refuses("DELETE FROM audit_entries", /audit_entries are kept/);
  await refuses(
    `UPDATE certificate_versions SET content = '{}' WHERE guarantee_id = '${subject}'`,
    /certificate_versions are kept/,
  );
  await refuses(
    `DELETE FROM certificate_versions WHERE guarantee_id = '${subject}'`,
    /certificate_versions are kept/,
  );
  await refuses(
    `INSERT INTO certificate_versions SELECT guarantee_id, 0, content, issued_at, 1, held_from FROM certificate_versions WHERE guarantee_id = '${subject}'`,
    /certificate_versions_holding/,
  );
  await refuses(`INSERT INTO sealed_keys VALUES ('${subject}', '')`, /sealed_keys_pkey/);
  await refuses(
    `INSERT INTO documents VALUES ('k', '${subject}', 7, 'notice', 'n.pdf', false, '')`,
    /documents_notice_sealed/,
  );
  await refuses(`UPDATE guarantees SET status = 'applied' WHERE id = '${subject}'`, /guarantees_facts/);
  await refuses(`UPDATE guarantees SET number = NULL WHERE id = '${subject}'`, /guarantees_facts/);
});

it("a proposal for a registry cannot be exchanged once it was made", async () => {
  const { desk } = world;
  const registrar = { ...clerk, employee: "2001", roles: ["registrar"] } as const;
  const proposed = await proposeContractor(desk, registrar, null, {
    ...{
      name: "新設建設株式会社",
      address: "茨城県1",
      representative: "代表 新",
      branch: "",
      lumpFee: false,
    },
    addresses: "a@shinsetsu.example",
  });
  if (!proposed.ok) throw new Error(proposed.refusal.code);
  const { id, version, contentHash: hash } = proposed.value;
  await expect(
    world.query(
      `UPDATE registry_changes SET content = jsonb_set(content, '{after,addresses}', '["thief@example.com"]')`,
    ),
  ).rejects.toThrow(/registry_changes are kept/);
  for (const change of ["maker_employee = '9'", "maker_name = '別人'", "entry_id = 'another'"])
    await expect(world.query(`UPDATE registry_changes SET ${change}`)).rejects.toThrow(
      /registry_changes are kept/,
    );
  expect(code(await confirmChange(desk, { ...registrar, slack: "U9" }, { id, version, hash }))).toBe(
    "registry_same_person",
  );
  expect(code(await confirmChange(desk, approver, { id, version, hash: "x" }))).toBe("registry_changed");
  expect(code(await confirmChange(desk, approver, { id, version, hash }))).toBe("done");
  await expect(
    world.query(
      "UPDATE registry_changes SET state = 'open', decided_at = NULL, checker_employee = NULL, checker_name = NULL",
    ),
  ).rejects.toThrow(/registry_changes are kept/);
  expect(code(await confirmChange(desk, approver, { id, version, hash }))).toBe("registry_decided");
});

it("one employee number is one person, however it is spelled; two spellings by letter size are no list", () => {
  const folder = mkdtempSync(join(tmpdir(), "hosho-staff-"));
  const file = join(folder, "staff.json");
  const write = (...numbers: string[]) =>
    writeFileSync(
      file,
      JSON.stringify(
        numbers.map((employee, n) => ({ slack: `U${n}`, employee, name: "高橋", roles: ["approver"] })),
      ),
    );
  try {
    write("E1003", " Ｅ１００３ ", "E10\u200b03", "E1 003", "\u202eE1003\u3000");
    expect(new Set(readStaff(file).people.map(({ employee }) => employee))).toEqual(new Set(["E1003"]));
    write("E1003", "e1003");
    expect(() => readStaff(file)).toThrow(/employee number/);
    write("\u200b");
    expect(() => readStaff(file)).toThrow();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
