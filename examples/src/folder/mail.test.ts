import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { startMailSink } from './mail-sink.ts'
import { sendMail } from './mailer.ts'

it('keeps a mail as a file that a person can read', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdpoint-mail-'))
  const sink = await startMailSink(folder)
  try {
    await sendMail(sink.port, { to: 'ana@example.org', subject: 'Größe', text: 'Zwei Zeilen,\nmit ü.' })
    expect(await readdir(folder)).toEqual(['001.txt'])
    const mail = await readFile(join(folder, '001.txt'), 'utf8')
    expect(mail).toContain('To: ana@example.org\nSubject: Größe\n\nZwei Zeilen,\nmit ü.')
  } finally {
    await sink.close()
    await rm(folder, { recursive: true })
  }
})
