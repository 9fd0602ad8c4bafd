import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'

export interface Mail {
  readonly to: readonly string[]
  readonly text: string
}

/** A mail server on loopback that wants a password and keeps what it is sent. */
export interface MailServer extends AsyncDisposable {
  readonly port: number
  readonly mails: readonly Mail[]
  /** An SMTP status to refuse each recipient with; 0 takes them. */
  refuse: number
}

export async function mailServer(password: string): Promise<MailServer> {
  const mails: Mail[] = []
  const server = new SMTPServer({
    disableReverseLookup: true,
    closeTimeout: 100,
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: (auth, _session, done) =>
      auth.password === password
        ? done(null, { user: auth.username })
        : done(new Error('wrong password'), undefined),
    onRcptTo: (_address, _session, done) =>
      done(it.refuse > 0 ? Object.assign(new Error('refused'), { responseCode: it.refuse }) : null),
    onData(stream, session, done) {
      let text = ''
      stream.setEncoding('utf8')
      stream.on('data', (chunk: string) => {
        text += chunk
      })
      stream.on('end', () => {
        // soft line breaks of quoted-printable are no part of what was written
        mails.push({
          to: session.envelope.rcptTo.map(({ address }) => address),
          text: text.replaceAll('=\r\n', ''),
        })
        done()
      })
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const it: MailServer = {
    port: (server.server.address() as AddressInfo).port,
    mails,
    refuse: 0,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(resolve)),
  }
  return it
}
