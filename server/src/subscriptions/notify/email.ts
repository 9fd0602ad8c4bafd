import type { Policy } from '@holdpoint/shared'
import { createTransport } from 'nodemailer'
import { body, DELIVERED, defanged, failed, headline, type Message, retry, type Sent } from './message.ts'

export type EmailChannel = Extract<Policy['channels'][string], { readonly kind: 'email' }>

const TIMEOUT_MS = 10_000

/** Sends a mail: what happened and where to look, never arguments or credentials. `smtp` is the mail server's URL. */
export async function sendEmail(
  { from }: EmailChannel,
  to: readonly string[],
  message: Message,
  smtp: string,
): Promise<Sent> {
  const server = URL.canParse(smtp) ? new URL(smtp) : undefined
  if (server?.protocol !== 'smtp:' && server?.protocol !== 'smtps:')
    return failed('Its mail server must be an address like smtps://user:password@mail.example.org.')
  const transport = createTransport({
    host: server.hostname.replace(/^\[|\]$/g, ''),
    port: Number(server.port) || (server.protocol === 'smtps:' ? 465 : 587),
    secure: server.protocol === 'smtps:',
    // a password must not cross a network in the clear
    requireTLS: server.username !== '' && !isLoopback(server.hostname),
    ...(server.username !== '' && {
      auth: { user: decodeURIComponent(server.username), pass: decodeURIComponent(server.password) },
    }),
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  try {
    await transport.sendMail({
      from,
      to: [...to],
      subject: defanged(headline(message)),
      text: body(message, defanged(headline(message))),
      // the same on every try, so that a mail box can drop the second
      messageId: `<${message.id}@holdpoint>`,
      headers: { 'Auto-Submitted': 'auto-generated' },
    })
    return DELIVERED
  } catch (error) {
    const { responseCode, message: said } = error as { responseCode?: number; message: string }
    const final = responseCode !== undefined && responseCode >= 500
    return final ? failed(said) : retry(said)
  } finally {
    transport.close()
  }
}

const isLoopback = (host: string): boolean => ['localhost', '127.0.0.1', '[::1]'].includes(host)
