import { existsSync } from 'node:fs'
import { copyFile, open, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { Command } from 'commander'
import { askForBackup } from '../ask-for-backup.ts'
import { type Cli, readUrl } from '../cli.ts'
import { CommandFailure, UsageError } from '../exit-codes.ts'
import { dataFolder, keysFolder } from '../local-token.ts'
import { overRedis } from '../over-redis.ts'
import { withExamples } from './options.ts'

const BACK_UP_REDIS =
  'back up its files and the keys, as docs/how-to/back-up-and-restore.md says under "Several nodes".'

export const backup = (cli: Cli): Command =>
  withExamples(
    new Command('backup')
      .description(
        'copy the embedded store to a file, as it stands at one moment, whether its server runs or not; on the machine of its data folder',
      )
      .requiredOption('--to <file>', 'a new file; it is its owner’s alone'),
    'backup --to /backup/holdpoint-$(date +%F).db',
    'backup --data /var/lib/holdpoint --to /backup/holdpoint.db',
  ).action(({ to }: { readonly to: string }, command: Command) =>
    cli.run(command, async (out, globals) => {
      const { copyStoppedStore, StoreHeld, StoreUnavailable, StoreUnusable } = await import(
        '@holdpoint/server'
      )
      const folder = resolve(dataFolder(cli.io.env, globals.data))
      const target = resolve(to)
      assertNew(target)
      const part = `${target}.part`
      const told = (done: number, total: number): void => {
        if (out.interactive)
          cli.io.stderr.write(`\r\u001b[2K${Math.floor((100 * done) / Math.max(1, total))} % copied`)
      }
      const copying = { told, signal: cli.io.signal }
      let beside: string | undefined
      try {
        await copyStoppedStore(folder, part, copying).catch(async (error: unknown) => {
          if (!(error instanceof StoreHeld)) throw error
          const asked = {
            url: readUrl(cli.io, globals),
            keys: keysFolder(cli.io.env, globals.data),
            ...copying,
          }
          beside = await askForBackup(asked, error.message)
          await move(join(folder, beside), part)
        })
        await rename(part, target)
        await syncFolder(dirname(target))
      } catch (error) {
        await rm(part, { force: true })
        if (error instanceof StoreUnusable || error instanceof StoreUnavailable)
          throw new CommandFailure(overRedis(folder, BACK_UP_REDIS) ?? error.message)
        throw error
      } finally {
        if (out.interactive) cli.io.stderr.write('\r\u001b[2K')
      }
      const { size } = await stat(target)
      out.result({ file: target, bytes: size, serverRuns: beside !== undefined }, () => summary(target, size))
      out.note(
        'Keep keys.json and sealing.json as well, apart from it: without them nobody’s token or second factor counts.',
      )
    }),
  )

const summary = (file: string, bytes: number): string => `✓ ${(bytes / 1_000_000).toFixed(1)} MB to ${file}`

function assertNew(target: string): void {
  if (existsSync(target))
    throw new UsageError(`${target} is there already: name a new file, or move that one away.`)
  if (!existsSync(dirname(target)))
    throw new UsageError(`There is no folder ${dirname(target)}: make it first.`)
}

/** Also onto another file system. */
async function move(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error
    await copyFile(from, to)
    const file = await open(to, 'r+')
    await file.sync()
    await file.close()
    await rm(from)
  }
}

/** A file's name lies in its folder, which has to be on disk as well. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return // can not open a folder
  const handle = await open(folder, 'r')
  await handle.sync()
  await handle.close()
}
