import { mkdir, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type ParsedMail, simpleParser } from 'mailparser'
import { SMTPServer } from 'smtp-server'

/** A mail server that delivers nothing: what it receives becomes a text file that a person can open. */
export interface MailSink {
  readonly port: number
  close(): Promise<void>
}

/** Listens on loopback. A mail was accepted only once its file is written. */
export async function startMailSink(folder: string): Promise<MailSink> {
  await mkdir(folder, { recursive: true })
  let count = 0
  const server = new SMTPServer({
    authOptional: true,
    // whom a name server knows by that address is no matter of a mail's, and it may take half a minute to answer
    disableReverseLookup: true,
    // else it would hang on to a client that says goodbye a moment late, for half a minute
    closeTimeout: 100,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData(stream, session, done) {
      count += 1
      const name = `${String(count).padStart(3, '0')}.txt`
      const recipients = session.envelope.rcptTo.map(({ address }) => address)
      simpleParser(stream)
        .then((mail) => writeFile(join(folder, name), readable(mail, recipients)))
        .then(() => done(), done)
    },
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    port: (server.server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(resolve)),
  }
}

const readable = (mail: ParsedMail, recipients: readonly string[]): string =>
  [
    `From: ${mail.from?.text ?? ''}`,
    `To: ${recipients.join(', ')}`,
    `Subject: ${mail.subject ?? ''}`,
    '',
    mail.text ?? '',
  ].join('\n')
