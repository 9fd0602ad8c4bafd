import { createTransport } from 'nodemailer'

export interface Mail {
  readonly to: string
  readonly subject: string
  readonly text: string
}

/** Sends one mail through a server on this machine. Throws where the server did not accept it. */
export async function sendMail(port: number, { to, subject, text }: Mail): Promise<string> {
  const transport = createTransport({ host: '127.0.0.1', port, secure: false, ignoreTLS: true })
  try {
    const { messageId } = await transport.sendMail({ from: 'folder-agent@localhost', to, subject, text })
    return messageId
  } finally {
    transport.close()
  }
}
