import { randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { basename, join } from "node:path";
import type { LoopbackMail } from "./mail-types.ts";
import { act } from "./page/acts.ts";
import { type PageState, renderPage } from "./page/layout.ts";
import type { LoopbackSlack } from "./slack/start.ts";

const FORM_BYTES_MAX = 1_000_000;

export interface PageOptions {
  slack: LoopbackSlack;
  mail: LoopbackMail;
  /** Directory whose PDFs are listed. */
  files: string;
  /** What each person is, by Slack id; shown beside the name. */
  titles?: Readonly<Record<string, string>>;
  port?: number;
}

export interface Page {
  url: string;
  stop(): Promise<void>;
}

/**
 * Serves a plain page on 127.0.0.1 to read every mailbox and channel and to go on by hand as any of the people.
 * A demo of a loopback world only: it asks for no password.
 */
export async function startPage({ slack, mail, files, titles = {}, port = 0 }: PageOptions): Promise<Page> {
  const world = { slack, mail, titles, files: () => pdfsIn(files) };
  /** Only a form that came from this page knows it, so that no other site can act here (CSRF). */
  const token = randomBytes(16).toString("hex");
  const notices = new Map<string, string>();
  let hosts: string[] = [];

  const server = createServer((request, response) => {
    serve(request, response).catch((failure: unknown) => {
      const words = failure instanceof Error ? failure.message : String(failure);
      respond(response, 500, "text/plain; charset=utf-8", words);
    });
  });
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A name that resolves to this machine (DNS rebinding) must not read the page.
    if (!hosts.includes(request.headers.host ?? "")) return respond(response, 403, "text/plain", "forbidden");
    const url = new URL(request.url ?? "/", `http://${request.headers.host}`);
    if (request.method === "POST") return post(request, response, url);
    if (url.pathname !== "/") return download(response, url);
    const notice = url.searchParams.get("notice") ?? "";
    const state: PageState = {
      as: url.searchParams.get("as") ?? slack.people()[0]?.id ?? "",
      token,
      notice: notices.get(notice) ?? "",
    };
    respond(response, 200, "text/html; charset=utf-8", await renderPage(world, state));
  }

  async function post(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const form = await readForm(request);
    if (form.get("token") !== token) return respond(response, 403, "text/plain", "forbidden");
    const words = await act(url.pathname, form, world).catch((failure: unknown) =>
      failure instanceof Error ? failure.message : String(failure),
    );
    const id = randomBytes(4).toString("hex");
    notices.set(id, words);
    const back = new URLSearchParams({ as: form.get("as") ?? "", notice: id });
    response.writeHead(303, { location: `/?${back}` }).end();
  }

  async function download(response: ServerResponse, url: URL): Promise<void> {
    const [, kind = "", ...rest] = url.pathname.split("/").map(decodeURIComponent);
    const found = await fileAt(kind, rest);
    if (found === undefined) return respond(response, 404, "text/plain", "not found");
    respond(response, 200, found.type, found.bytes, found.name);
  }

  async function fileAt(
    kind: string,
    rest: string[],
  ): Promise<{ name: string; type: string; bytes: Buffer } | undefined> {
    const [first = "", second = "", third = ""] = rest;
    if (kind === "pdf" && pdfsIn(files).includes(first)) {
      return { name: first, type: "application/pdf", bytes: await readFile(join(files, basename(first))) };
    }
    if (kind === "slack") {
      const file = slack.files().find(({ id }) => id === first);
      return file && { name: file.name, type: "application/octet-stream", bytes: file.bytes };
    }
    if (kind === "letter" && mail.users.includes(first)) {
      const letter = (await mail.inbox(first)).find(({ uid }) => String(uid) === second);
      const part = letter?.attachments[Number(third)];
      const type = part?.contentType === "application/pdf" ? "application/pdf" : "application/octet-stream";
      return part && { name: part.filename ?? "attachment", type, bytes: part.bytes };
    }
    return undefined;
  }

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  hosts = [`127.0.0.1:${bound}`, `localhost:${bound}`];
  return {
    url: `http://127.0.0.1:${bound}/`,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function pdfsIn(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => name.toLowerCase().endsWith(".pdf"))
      .sort();
  } catch {
    return [];
  }
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > FORM_BYTES_MAX) throw new Error("form too large");
    chunks.push(chunk as Buffer);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString("utf8"));
}

function respond(
  response: ServerResponse,
  status: number,
  type: string,
  body: string | Buffer,
  name?: string,
): void {
  const inline = type === "application/pdf" ? "inline" : "attachment";
  response.writeHead(status, {
    "content-type": type,
    "content-security-policy":
      "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    ...(name === undefined
      ? {}
      : { "content-disposition": `${inline}; filename*=UTF-8''${encodeURIComponent(name)}` }),
  });
  response.end(body);
}
