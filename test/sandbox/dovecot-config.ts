import { join } from "node:path";
import { PASSWORD } from "./mail-types.ts";

export interface DovecotPlace {
  dir: string;
  imapPort: number;
  lmtpPort: number;
  user: string;
  group: string;
  uid: number;
  gid: number;
}

/**
 * Configuration of Dovecot 2.3 for one unprivileged user: no chroot, nothing outside its directory, IMAP and LMTP on
 * loopback; `extra` comes last. `%Lu` on both sides, or LMTP would deliver `a@x` to another mailbox than the one that login `a@x` reads.
 */
export function dovecotConfig(place: DovecotPlace, extra = ""): string {
  const { dir, user, group } = place;
  const within = (service: string, rest = "") =>
    `service ${service} {\n  chroot =\n  user = ${user}\n${rest}}\n`;
  const port = (protocol: string, number: number) =>
    `  inet_listener ${protocol} {\n    address = 127.0.0.1\n    port = ${number}\n  }\n`;
  const tlsOff = "  inet_listener imaps {\n    port = 0\n  }\n";
  return `
protocols = imap lmtp
listen = 127.0.0.1
base_dir = ${join(dir, "run")}
state_dir = ${join(dir, "state")}
instance_name = ${dir}
log_path = ${join(dir, "log")}
default_internal_user = ${user}
default_internal_group = ${group}
default_login_user = ${user}
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_username_format = %Lu
auth_failure_delay = 0
first_valid_uid = ${place.uid}
first_valid_gid = ${place.gid}
mail_location = sdbox:${join(dir, "mail")}/%Lu
mail_max_userip_connections = 100
mailbox_list_index = yes
passdb {
  driver = passwd-file
  args = scheme=PLAIN ${join(dir, "passwd")}
}
userdb {
  driver = passwd-file
  args = ${join(dir, "passwd")}
}
protocol lmtp {
  auth_username_format = %Lu
}
${within("anvil")}${within("log")}${within("stats")}${within("auth")}${within("auth-worker")}${within("imap")}
${within("imap-login", port("imap", place.imapPort) + tlsOff)}${within("lmtp", port("lmtp", place.lmtpPort))}
${extra}
`;
}

/** One line a mailbox: user, password, uid, gid, name, home. */
export function passwdFile(users: string[], { dir, uid, gid }: DovecotPlace): string {
  return users
    .map((user) => `${user}:{PLAIN}${PASSWORD}:${uid}:${gid}::${join(dir, "mail")}/${user}::\n`)
    .join("");
}
