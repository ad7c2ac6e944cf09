/** Zip archives within bounds: what is inside, single files of it, and a plain archive made anew. Child process only. */
import { crc32, inflateRawSync } from "node:zlib";
import { ZIP_ENTRIES } from "../../limits.ts";

/** One file of an archive, by the archive's own directory (APPNOTE.TXT §4.3.12). */
export interface ZipEntry {
  name: string;
  /** Stored (0) or deflated (8); a reader of forms meets no others. */
  method: number;
  encrypted: boolean;
  packed: Buffer;
}

const END = Buffer.from("PK\x05\x06", "latin1");
const ENTRY = 0x02014b50;
/** End record and the longest comment behind it. */
const END_REACH = 22 + 0xffff;

/** The directory of an archive; `null` when it has none that holds together. */
export function zipEntries(bytes: Buffer): ZipEntry[] | null {
  const end = bytes.lastIndexOf(END);
  if (end < Math.max(0, bytes.length - END_REACH) || end + 22 > bytes.length) return null;
  const entries: ZipEntry[] = [];
  let at = bytes.readUInt32LE(end + 16);
  for (let n = bytes.readUInt16LE(end + 10); n > 0; n -= 1) {
    if (entries.length >= ZIP_ENTRIES || at + 46 > bytes.length || bytes.readUInt32LE(at) !== ENTRY)
      return null;
    const [nameLength, extra, comment] = [28, 30, 32].map((offset) => bytes.readUInt16LE(at + offset));
    const local = bytes.readUInt32LE(at + 42);
    if (local + 30 > bytes.length) return null;
    const data = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    entries.push({
      name: bytes.toString("utf8", at + 46, at + 46 + (nameLength ?? 0)),
      method: bytes.readUInt16LE(at + 10),
      encrypted: (bytes.readUInt16LE(at + 8) & 1) === 1,
      packed: bytes.subarray(data, data + bytes.readUInt32LE(at + 20)),
    });
    at += 46 + (nameLength ?? 0) + (extra ?? 0) + (comment ?? 0);
  }
  return entries;
}

/**
 * The bytes of one file, or `null` when they would be more than `limit`: counted while unpacking, because the size that
 * an archive states is the sender's word. Throws on broken data.
 */
export function unpack({ method, packed }: ZipEntry, limit: number): Buffer | null {
  if (method === 0) return packed.length > limit ? null : packed;
  if (method !== 8) throw new Error("a way of packing that no office program uses");
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, limit) });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") return null;
    throw error;
  }
}

/** An archive of these files, none of them packed. */
export function zipOf(files: Map<string, Buffer>): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [path, content] of files) {
    const name = Buffer.from(path);
    const head = Buffer.alloc(46);
    head.writeUInt32LE(ENTRY, 0);
    head.writeUInt32LE(0x0014_0014, 4);
    head.writeUInt32LE(crc32(content), 16);
    head.writeUInt32LE(content.length, 20);
    head.writeUInt32LE(content.length, 24);
    head.writeUInt16LE(name.length, 28);
    head.writeUInt32LE(offset, 42);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    head.copy(local, 4, 6, 32);
    parts.push(local, name, content);
    directory.push(head, name);
    offset += local.length + name.length + content.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  END.copy(end);
  end.writeUInt16LE(files.size, 8);
  end.writeUInt16LE(files.size, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, list, end]);
}
