/** The few members of hoodiecrow-imap 2.1.0 that mail.ts uses; the package brings no types. */
declare module "hoodiecrow-imap" {
  import type { Server, Socket } from "node:net";

  interface Connection {
    socket: Socket | null;
    /** Set while a connection is in IDLE: takes the line that ends it. */
    inputHandler: ((line: string) => void) | false;
  }

  interface ImapServer {
    server: Server;
    connectionHandlers: ((connection: Connection) => void)[];
    listen(port: number, host: string, listening: () => void): void;
    setMaxListeners(count: number): void;
    appendMessage(mailbox: string, flags: string[], internalDate: string | Date, raw: string): void;
    formatInternalDate(date: Date): string;
  }

  export default function hoodiecrow(options: {
    plugins: string[];
    users: Record<string, { password: string }>;
    storage: Record<string, object>;
  }): ImapServer;
}
