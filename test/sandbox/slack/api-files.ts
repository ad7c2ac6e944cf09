import { type ApiContext, type Method, refuse } from "./api-answer.ts";
import { channelOf } from "./api-chat.ts";
import { objects, string } from "./readable.ts";
import type { JsonObject, SharedFile } from "./types.ts";
import { BOT, type Workspace } from "./workspace.ts";

export const fileMethods: Record<string, Method> = {
  "files.getUploadURLExternal": getUploadUrl,
  "files.completeUploadExternal": completeUpload,
  "files.info": (args, { workspace }) => {
    const file = workspace.files.get(string(args.file));
    return file?.uploaded ? { ok: true, file: wireFile(file) } : refuse("file_not_found");
  },
};

function wireFile(file: SharedFile): JsonObject {
  return { id: file.id, name: file.name, title: file.title, size: file.bytes.length };
}

function getUploadUrl(args: JsonObject, { workspace, origin }: ApiContext): JsonObject {
  const name = string(args.filename);
  const length = Number(args.length);
  if (name === "" || !Number.isInteger(length) || length < 1) return refuse("invalid_arguments");
  const id = workspace.id("F");
  const nothing = Buffer.alloc(0);
  workspace.files.set(id, {
    id,
    name,
    title: name,
    bytes: nothing,
    channel: null,
    threadTs: null,
    length,
    uploaded: false,
  });
  return { ok: true, upload_url: `${origin}/upload/${id}`, file_id: id };
}

/**
 * Takes the bytes of one upload, raw or as a form with one file in it.
 * Returns the HTTP status and text that Slack's upload host would answer with.
 */
export async function takeUpload(
  workspace: Workspace,
  id: string,
  body: Buffer,
  contentType: string,
): Promise<{ status: number; text: string }> {
  const file = workspace.files.get(id);
  if (file === undefined) return { status: 404, text: "no such upload" };
  const bytes = contentType.startsWith("multipart/") ? await fileInForm(body, contentType) : body;
  if (bytes === null) return { status: 400, text: "no file in the form" };
  if (bytes.length !== file.length)
    return { status: 400, text: `expected ${file.length} bytes, got ${bytes.length}` };
  file.bytes = bytes;
  file.uploaded = true;
  return { status: 200, text: `OK - ${bytes.length}` };
}

async function fileInForm(body: Buffer, contentType: string): Promise<Buffer | null> {
  const headers = { "content-type": contentType };
  const form = await new Response(new Uint8Array(body), { headers }).formData();
  for (const value of form.values()) {
    if (typeof value !== "string") return Buffer.from(await value.arrayBuffer());
  }
  return null;
}

function completeUpload(args: JsonObject, { workspace }: ApiContext): JsonObject {
  const wanted = objects(args.files);
  const files: SharedFile[] = [];
  for (const { id, title } of wanted) {
    const file = workspace.files.get(string(id));
    if (file === undefined || !file.uploaded) return refuse("file_not_found");
    file.title = string(title) || file.name;
    files.push(file);
  }
  if (files.length === 0) return refuse("invalid_arguments");
  const target = string(args.channel_id) || (string(args.channels).split(",")[0] ?? "");
  if (target !== "") {
    const shared = share(
      workspace,
      target,
      string(args.thread_ts) || null,
      string(args.initial_comment),
      files,
    );
    if (shared !== null) return refuse(shared);
  }
  return { ok: true, files: files.map(wireFile) };
}

/** Posts the message that carries the files; an error code when it cannot. */
function share(
  workspace: Workspace,
  target: string,
  threadTs: string | null,
  text: string,
  files: SharedFile[],
): string | null {
  const channel = channelOf(workspace, target);
  if (channel === null) return "channel_not_found";
  if (threadTs !== null && !workspace.find(channel, threadTs)) return "thread_not_found";
  for (const file of files) Object.assign(file, { channel, threadTs });
  workspace.post({
    channel,
    threadTs,
    user: BOT.userId,
    botId: BOT.botId,
    text,
    blocks: [],
    metadata: null,
    files: files.map(({ id, name, title, bytes }) => ({ id, name, title, bytes, channel, threadTs })),
  });
  return null;
}
