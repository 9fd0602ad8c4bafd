/** Disks of the embedded store that break one promise on purpose, to prove that a crash is noticed which they don't survive. */
import { readlinkSync } from 'node:fs'
import { type Disk, systemDisk } from '@holdpoint/server/parts'

/** Flushes nothing that the store writes before it answers (ST3): a power cut loses what was acknowledged. */
export const unflushedDisk: Disk = { ...systemDisk, flush() {} }

/** Lets the log begin anew over what only it had on disk: a power cut leaves a database of pages old and new. */
export const unflushedDatabase: Disk = {
  ...systemDisk,
  flush: (file) => (isDatabase(file) ? undefined : systemDisk.flush(file)),
  flushApart: async (file) => (isDatabase(file) ? undefined : systemDisk.flushApart(file)),
}
const isDatabase = (file: number): boolean => readlinkSync(`/proc/self/fd/${file}`).endsWith('holdpoint.db')

/** How many flushes the early disk puts off. */
const EARLY_FLUSHES = 20

/** Answers before anything is written (ST3): the end of the process loses what was acknowledged. */
export function earlyDisk(): Disk {
  const late: (() => void)[] = []
  let flushes = 0
  return {
    ...systemDisk,
    write(file, bytes, at) {
      const copy = Buffer.from(bytes)
      late.push(() => systemDisk.write(file, copy, at))
    },
    flush(file) {
      if (++flushes % EARLY_FLUSHES !== 0) return
      for (const write of late.splice(0)) write()
      systemDisk.flush(file)
    },
  }
}
