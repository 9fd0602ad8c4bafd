import { SECOND } from '@holdpoint/shared'
import { startControlPlane } from './app.ts'
import { readConfig } from './config.ts'

/** How long a clean end may take before the process goes anyway. */
const CLOSE_WITHIN_MS = 10 * SECOND

const say = (line: string): void => {
  process.stderr.write(`${line}\n`)
}

const config = readConfig(process.env)
if (!config.ok) {
  say(config.error.message)
  process.exit(2)
}

try {
  const controlPlane = await startControlPlane(config.value, {
    pid: process.pid,
    // PR1: after a failed fsync nothing this process knows is certain, so it must not answer once more
    onFatal: () => process.exit(1),
  })
  say(`Holdpoint listens on ${controlPlane.address}, its data is in ${config.value.dataFolder}.`)
  say(
    'An agent that runs as the same operating-system user as this server can read its keys and release its own ' +
      'actions. Run agents as another user (docs: keeping agents and server apart).',
  )

  const end = (): void => {
    setTimeout(() => process.exit(1), CLOSE_WITHIN_MS).unref()
    controlPlane.close().then(
      () => process.exit(0),
      (error: unknown) => {
        say(`It could not close cleanly: ${error instanceof Error ? error.message : String(error)}`)
        process.exit(1)
      },
    )
  }
  process.once('SIGTERM', end)
  process.once('SIGINT', end)
} catch (error) {
  say(error instanceof Error ? error.message : String(error))
  process.exit(1)
}
