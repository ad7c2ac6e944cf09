import { generateKeyPairSync } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { dkimSign } from "mailauth/lib/dkim/sign.js";
import { afterAll, beforeAll, expect, it } from "vitest";
import { dkimCheck } from "../../mail/intake/dkim.ts";
import { DNS_TRIES } from "../../mail/limits.ts";

/** The look-up of a DKIM key as it is done in production, at a name server on loopback (RFC 1035 §4). */

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const RECORD = `v=DKIM1; k=rsa; p=${publicKey.export({ type: "spki", format: "der" }).toString("base64")}`;
const RCODE = { ok: 0, "no such name": 3, "server failure": 2, refused: 5, silent: 0 } as const;

let answers: keyof typeof RCODE = "ok";
let asked = 0;
let server: Socket;
let letter: Buffer;
let servers: string[];

beforeAll(async () => {
  server = createSocket("udp4");
  server.on("message", (question, from) => {
    asked++;
    if (answers !== "silent") server.send(answerTo(question), from.port, from.address);
  });
  server.bind(0, "127.0.0.1");
  await once(server, "listening");
  servers = [`127.0.0.1:${server.address().port}`];
  const plain = Buffer.from("From: keiyaku@town.tone.example\r\nSubject: shokai\r\n\r\nx\r\n");
  const signing = {
    ...{ signingDomain: "town.tone.example", selector: "a1", headerList: ["From", "Subject"] },
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
  const { signatures } = await dkimSign(plain, { ...signing, signatureData: [signing] });
  letter = Buffer.concat([Buffer.from(signatures), plain]);
});
afterAll(() => void server.close());

/** Header, question and, when there is one, the TXT record in strings of at most 255 bytes. */
function answerTo(question: Buffer): Buffer {
  const header = Buffer.from(question.subarray(0, 12));
  header.writeUInt16BE(0x8180 | RCODE[answers], 2);
  header.writeUInt16BE(answers === "ok" ? 1 : 0, 6);
  header.fill(0, 8, 12);
  let end = 12;
  while ((question[end] ?? 0) !== 0) end += (question[end] ?? 0) + 1;
  const parts = [header, question.subarray(12, end + 5)];
  if (answers === "ok") {
    const text = (RECORD.match(/.{1,255}/g) ?? []).map((piece) =>
      Buffer.concat([Buffer.of(piece.length), Buffer.from(piece)]),
    );
    const data = Buffer.concat(text);
    // The question's name, type TXT, class IN, one minute.
    const record = Buffer.from([0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60, data.length >> 8, data.length & 255]);
    parts.push(record, data);
  }
  return Buffer.concat(parts);
}

it.each([
  ["ok", "aligned"],
  ["no such name", "failed"],
  ["server failure", "unknown"],
  ["refused", "unknown"],
] as const)("a name server that says %s makes the sender %s", async (answer, result) => {
  answers = answer;
  asked = 0;
  expect((await dkimCheck({ servers })(letter, "town.tone.example", null)).result).toBe(result);
  expect(asked).toBeGreaterThan(0);
  expect(asked).toBeLessThanOrEqual(DNS_TRIES * 2);
});

it("a name server that is silent is given up, and its question called off", async () => {
  answers = "silent";
  const checks = [1, 2, 3].map(() => dkimCheck({ servers, waitMs: 300 })(letter, "town.tone.example", null));
  expect((await Promise.all(checks)).map(({ result }) => result)).toEqual(["unknown", "unknown", "unknown"]);
});

it("a name server that is not there is trouble, too", async () => {
  const gone = createSocket("udp4").bind(0, "127.0.0.1");
  await once(gone, "listening");
  const { port } = gone.address();
  gone.close();
  expect(
    (await dkimCheck({ servers: [`127.0.0.1:${port}`] })(letter, "town.tone.example", null)).result,
  ).toBe("unknown");
});
