import { createServer, type Server } from "node:http";

/** What the health page reports; each is asked at the moment of the request. */
export interface Vitals {
  /** Parts that must work before the program is ready, by name. */
  parts: () => Record<string, boolean>;
  /** Gauges for Prometheus, by metric name; `null` is left out. */
  gauges: () => Record<string, number | null>;
}

export interface Health {
  stop(): Promise<void>;
}

/** `/healthz`, `/readyz` and `/metrics` on loopback only; nothing here says anything about letters or people. */
export async function startHealth(port: number, vitals: Vitals): Promise<Health> {
  const server = createServer((request, response) => {
    const { status, body } = answer(request.url ?? "/", vitals);
    response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(body);
  });
  await listen(server, port);
  return {
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(path: string, vitals: Vitals): { status: number; body: string } {
  if (path === "/healthz") return { status: 200, body: "ok\n" };
  if (path === "/metrics") return { status: 200, body: metrics(vitals) };
  if (path !== "/readyz") return { status: 404, body: "not found\n" };
  const waiting = Object.entries(vitals.parts()).filter(([, fine]) => !fine);
  if (waiting.length === 0) return { status: 200, body: "ready\n" };
  return { status: 503, body: `waiting for ${waiting.map(([name]) => name).join(", ")}\n` };
}

/** Prometheus text exposition format 0.0.4. */
function metrics({ parts, gauges }: Vitals): string {
  const lines = ["# TYPE hosho_part_ready gauge"];
  for (const [name, fine] of Object.entries(parts()))
    lines.push(`hosho_part_ready{part="${name}"} ${fine ? 1 : 0}`);
  for (const [name, value] of Object.entries(gauges())) {
    if (value !== null) lines.push(`# TYPE hosho_${name} gauge`, `hosho_${name} ${value}`);
  }
  return `${lines.join("\n")}\n`;
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve());
  });
}
