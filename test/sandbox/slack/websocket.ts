import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

/** RFC 6455 §1.3: the constant that a server appends to the client's key. */
const HANDSHAKE_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const TEXT = 0x1;
const CLOSE = 0x8;
const PING = 0x9;
const PONG = 0xa;

interface Frame {
  fin: boolean;
  opcode: number;
  payload: Buffer;
}

/** The server's end of one WebSocket: whole text messages, ping and pong, close. No extensions. */
export class WebSocketConnection {
  onText: (text: string) => void = () => {};
  onClose: () => void = () => {};
  readonly #socket: Duplex;
  #pending = Buffer.alloc(0);
  #parts: Buffer[] = [];
  #closed = false;

  constructor(socket: Duplex) {
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.on("error", () => this.#ended());
    socket.on("close", () => this.#ended());
    socket.on("end", () => socket.end());
  }

  get open(): boolean {
    return !this.#closed;
  }

  send(text: string): void {
    this.#write(TEXT, Buffer.from(text, "utf8"));
  }

  ping(): void {
    this.#write(PING, Buffer.from("loopback"));
  }

  /** Says goodbye; the peer answers with its own close frame (RFC 6455 §5.5.1). */
  close(): void {
    this.#write(CLOSE, Buffer.from([0x03, 0xe8]));
    this.#socket.end();
  }

  /** Cuts the line without a word. */
  destroy(): void {
    this.#socket.destroy();
    this.#ended();
  }

  #write(opcode: number, payload: Buffer): void {
    if (this.#closed || this.#socket.destroyed) return;
    this.#socket.write(Buffer.concat([header(opcode, payload.length), payload]));
  }

  #take(chunk: Buffer): void {
    this.#pending = Buffer.concat([this.#pending, chunk]);
    for (;;) {
      const read = readFrame(this.#pending);
      if (read === null) return;
      this.#pending = this.#pending.subarray(read.length);
      this.#handle(read.frame);
    }
  }

  #handle(frame: Frame): void {
    if (frame.opcode === PING) {
      this.#write(PONG, frame.payload);
      return;
    }
    if (frame.opcode === PONG) return;
    if (frame.opcode === CLOSE) {
      this.#write(CLOSE, frame.payload.subarray(0, 2));
      this.#socket.end();
      this.#ended();
      return;
    }
    this.#parts.push(frame.payload);
    if (!frame.fin) return;
    const text = Buffer.concat(this.#parts).toString("utf8");
    this.#parts = [];
    this.onText(text);
  }

  #ended(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.onClose();
  }
}

/** Answers an HTTP upgrade; null (and the socket is closed) when it is no WebSocket handshake. */
export function acceptWebSocket(request: IncomingMessage, socket: Duplex): WebSocketConnection | null {
  const key = request.headers["sec-websocket-key"];
  if (typeof key !== "string") {
    socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    return null;
  }
  const accept = createHash("sha1").update(`${key}${HANDSHAKE_GUID}`).digest("base64");
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  return new WebSocketConnection(socket);
}

/** RFC 6455 §5.2: a server's frame is never masked. */
function header(opcode: number, length: number): Buffer {
  const first = 0x80 | opcode;
  if (length < 126) return Buffer.from([first, length]);
  if (length < 65_536) return Buffer.from([first, 126, length >> 8, length & 0xff]);
  const long = Buffer.alloc(10);
  long[0] = first;
  long[1] = 127;
  long.writeBigUInt64BE(BigInt(length), 2);
  return long;
}

function readFrame(bytes: Buffer): { frame: Frame; length: number } | null {
  if (bytes.length < 2) return null;
  const second = bytes.readUInt8(1);
  const masked = (second & 0x80) !== 0;
  let size = second & 0x7f;
  let at = 2;
  if (size === 126) {
    if (bytes.length < 4) return null;
    size = bytes.readUInt16BE(2);
    at = 4;
  } else if (size === 127) {
    if (bytes.length < 10) return null;
    size = Number(bytes.readBigUInt64BE(2));
    at = 10;
  }
  const start = at + (masked ? 4 : 0);
  if (bytes.length < start + size) return null;
  const payload = Buffer.from(bytes.subarray(start, start + size));
  if (masked) unmask(payload, bytes.subarray(at, start));
  const first = bytes.readUInt8(0);
  return { frame: { fin: (first & 0x80) !== 0, opcode: first & 0x0f, payload }, length: start + size };
}

function unmask(payload: Buffer, mask: Buffer): void {
  for (let i = 0; i < payload.length; i += 1) {
    payload.writeUInt8(payload.readUInt8(i) ^ mask.readUInt8(i % 4), i);
  }
}
