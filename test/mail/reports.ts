import { ownIds } from "../../core/own-id.ts";

/** Reports in the shape that mail servers give them; all names are invented. */

export const DESK = "hosho@mihon-hosho.example";
export const ID = "0f8fad5b-d9cb-469f-a165-70867728950e";
export const ids = ownIds([Buffer.alloc(32, 7).toString("base64")]);
export const OWN = ids.messageId(ID, "mihon-hosho.example");
export const VERP = ids.bounceAddress(DESK, ID) ?? "";
export const FORGED = ownIds([Buffer.alloc(32, 8).toString("base64")]);
export const TOWN = "keiyaku@town.tone.example";

interface Report {
  to?: string;
  envelope?: string;
  recipients?: string[];
  returned?: string;
  returnedType?: string;
  encode?: "base64" | "quoted-printable";
}

/** A report with its three parts (RFC 6522 §3), as Postfix writes it unless told otherwise. */
export function report(change: Report = {}): string {
  const { to = DESK, envelope = "", encode } = change;
  const recipients = change.recipients ?? [
    `Final-Recipient: rfc822; ${TOWN}`,
    "Action: failed",
    "Status: 5.1.1",
  ];
  const status = ["Reporting-MTA: dns; mx.mihon-hosho.example", envelope, "", ...recipients, ""]
    .filter((line, at) => line !== "" || at !== 1)
    .join("\r\n");
  const returned =
    change.returned ?? `From: ${DESK}\r\nTo: ${TOWN}\r\nMessage-ID:\r\n ${OWN}\r\nSubject: x\r\n`;
  const coded = (text: string) => {
    if (encode === "base64")
      return Buffer.from(text)
        .toString("base64")
        .replace(/.{1,76}/g, "$&\r\n");
    return encode === undefined ? text : text.replaceAll("=", "=3D").replace(/(.{40})/g, "$1=\r\n");
  };
  const coding = encode === undefined ? "" : `Content-Transfer-Encoding: ${encode}\r\n`;
  return `Return-Path: <>
Received: by mx.mihon-hosho.example (Postfix) id 4ABC; Fri, 10 Apr 2026 10:00:05 +0900 (JST)
From: MAILER-DAEMON@mx.mihon-hosho.example (Mail Delivery System)
To: ${to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="4ABC.1775782805/mx.mihon-hosho.example"

This is a MIME-encapsulated message.

--4ABC.1775782805/mx.mihon-hosho.example
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

<${TOWN}>: host mx.town.tone.example[192.0.2.7] said: 550 5.1.1 no such user

--4ABC.1775782805/mx.mihon-hosho.example
Content-Description: Delivery report
Content-Type: message/delivery-status
${coding}
${coded(status)}
--4ABC.1775782805/mx.mihon-hosho.example
Content-Description: Undelivered Message Headers
Content-Type: ${change.returnedType ?? "text/rfc822-headers"}
${coding}
${coded(returned)}
--4ABC.1775782805/mx.mihon-hosho.example--
`;
}

export const EXCHANGE = `From: postmaster@mihon.onmicrosoft.example
To: ${DESK}
Date: Fri, 10 Apr 2026 01:00:09 +0000
Content-Type: multipart/report; report-type=delivery-status;
	boundary="b1f1c5a2-0001"
X-MS-Exchange-Message-Is-Ndr:
Content-Language: ja-JP
Message-ID: <3c1e@mihon.onmicrosoft.example>
In-Reply-To:
 ${OWN}
References: ${OWN}
Subject: =?utf-8?B?6YWN5L+h5LiN6IO9?=
Auto-Submitted: auto-replied

--b1f1c5a2-0001
Content-Type: multipart/alternative; differences=Content-Type;
	boundary="b1f1c5a2-0002"

--b1f1c5a2-0002
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: base64

6YWN5L+h44Gn44GN44G+44Gb44KT44Gn44GX44Gf44CC

--b1f1c5a2-0002
Content-Type: text/html; charset="utf-8"
Content-Transfer-Encoding: quoted-printable

<html><body>=E9=85=8D</body></html>

--b1f1c5a2-0002--

--b1f1c5a2-0001
Content-Type: message/delivery-status

Reporting-MTA: dns;TYAPR01.jpnprd01.prod.outlook.example
Received-From-MTA: dns;mihon-hosho.example
Arrival-Date: Fri, 10 Apr 2026 01:00:07 +0000

Original-Recipient: rfc822;${TOWN}
Final-Recipient: rfc822;${TOWN}
Action: failed
Status: 5.1.10
Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found

--b1f1c5a2-0001
Content-Type: message/rfc822

Received: from a (192.0.2.1) by b (192.0.2.2) with HTTPS
Message-ID: ${OWN}
Subject: x
From: ${DESK}
Content-Type: text/plain

body
--b1f1c5a2-0001--
`;

export const GMAIL = `Return-Path: <>
From: Mail Delivery Subsystem <mailer-daemon@googlemail.example>
To: ${DESK}
Auto-Submitted: auto-replied
Subject: Delivery Status Notification (Failure)
X-Failed-Recipients: ${TOWN}
Content-Type: multipart/report; boundary="000000000000a1b2"; report-type=delivery-status

--000000000000a1b2
Content-Type: multipart/related; boundary="000000000000a1b3"

--000000000000a1b3
Content-Type: multipart/alternative; boundary="000000000000a1b4"

--000000000000a1b4
Content-Type: text/plain; charset="UTF-8"

** Address not found **
550 5.1.1 The email account that you tried to reach does not exist.

--000000000000a1b4--
--000000000000a1b3--
--000000000000a1b2
Content-Type: message/delivery-status

Reporting-MTA: dns; googlemail.example
Arrival-Date: Thu, 09 Apr 2026 18:00:03 -0700 (PDT)
X-Original-Message-ID: ${OWN}

Final-Recipient: rfc822; ${TOWN}
Action: failed
Status: 5.1.1
Last-Attempt-Date: Thu, 09 Apr 2026 18:00:04 -0700 (PDT)

--000000000000a1b2--
`;

export const SENDMAIL = `Return-Path: <MAILER-DAEMON@mx.town.example>
From: Mail Delivery Subsystem <MAILER-DAEMON@mx.town.example>
To: <${DESK}>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
	boundary="33A0.1775782805/mx.town.example"
Subject: Returned mail: see transcript for details
Auto-Submitted: auto-generated (failure)

This is a MIME-encapsulated message

--33A0.1775782805/mx.town.example

   ----- The following addresses had permanent fatal errors -----
<${TOWN}>
    (reason: 550 5.7.1 rejected)

--33A0.1775782805/mx.town.example
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.town.example
Received-From-MTA: DNS; mx.mihon-hosho.example

Final-Recipient: RFC822; ${TOWN}
Action: failed
Status: 5.7.1
Diagnostic-Code: SMTP; 550 5.7.1 rejected

--33A0.1775782805/mx.town.example
Content-Type: message/rfc822

Return-Path: <${DESK}>
From: ${DESK}
Message-Id: ${OWN}

body
--33A0.1775782805/mx.town.example--
`;

export const QMAIL = `Return-Path: <>
Date: 10 Apr 2026 01:00:05 -0000
From: MAILER-DAEMON@mx.town.example
To: ${DESK}
Subject: failure notice

Hi. This program could not deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<${TOWN}>:
Sorry, no mailbox here by that name. (#5.1.1.)

--- Below this line is a copy of the message.

Return-Path: <${DESK}>
Received: (qmail 123 invoked from network); 10 Apr 2026 01:00:04 -0000
From: ${DESK}
Message-ID:
 ${OWN}
Subject: x

body
`;

export const EXIM = `Return-path: <>
X-Failed-Recipients: ${TOWN}
From: Mail Delivery System <Mailer-Daemon@mx.town.example>
To: ${DESK}
Subject: Mail delivery failed: returning message to sender

A message that you sent could not be delivered to one or more of its recipients.

  ${TOWN}
    Unrouteable address

------ This is a copy of the message, including all the headers. ------

From: ${DESK}
Message-ID: ${OWN}

body
`;

export const EXIM_WARNING = `Return-path: <>
From: Mail Delivery System <Mailer-Daemon@mx.town.example>
To: ${DESK}
Subject: Warning: message 1uABCD-000001 delayed 24 hours
Auto-Submitted: auto-replied

A message that you sent has not yet been delivered to one or more of its recipients after more than 24 hours.

  ${TOWN}
    451 4.4.1 connection timed out, earlier 550 5.4.1

No action is required on your part. Delivery attempts will continue for some time.

------ This is a copy of the message's headers. ------

Message-ID: ${OWN}
`;
