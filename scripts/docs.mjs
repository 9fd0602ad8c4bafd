/**
 * Writes docs/reference from what the built packages say about themselves, so that it can not fall behind them.
 *
 *   docs.mjs           writes the pages
 *   docs.mjs --check   fails where a page is not what would be written
 *
 * It reads the built packages: run "npm run build" first.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { agentMachinePage } from './docs/agent-machine.mjs'
import { clientPage } from './docs/client.mjs'
import { commandLinePage } from './docs/command-line.mjs'
import { configurationPage } from './docs/configuration.mjs'
import { errorsPage } from './docs/errors.mjs'
import { eventsPage } from './docs/events.mjs'
import { metricsPage } from './docs/metrics.mjs'
import { policyPage, policySchemaDocument } from './docs/policy.mjs'
import { wirePage } from './docs/wire.mjs'
import { Failure, main, ROOT, tool } from './run.mjs'

const pages = {
  'wire.md': wirePage,
  'errors.md': errorsPage,
  'events.md': eventsPage,
  'policy.md': policyPage,
  'agent-machine.md': agentMachinePage,
  'client.md': clientPage,
  'command-line.md': commandLinePage,
  'configuration.md': configurationPage,
  'metrics.md': metricsPage,
}

/** Not pages, but what programs read. */
const documents = { 'policy.schema.json': policySchemaDocument }

const HEAD = '<!-- Written by scripts/docs.mjs from the sources: change those, then run it again. -->\n\n'

function standing(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined // not written yet
  }
}

/** As "npm run format" would leave it, or the two would undo each other. */
function format(path, text) {
  const args = [tool('@biomejs/biome/bin/biome'), 'format', `--stdin-file-path=${path}`]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: ROOT,
    input: text,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Failure(`${path} could not be formatted.`, { log: stderr })
  return stdout
}

await main(async () => {
  const stale = []
  for (const [name, render] of Object.entries({ ...pages, ...documents })) {
    const path = join(ROOT, 'docs', 'reference', name)
    const head = name in pages ? HEAD : ''
    const text = format(path, `${head}${(await render()).trimEnd()}\n`)
    if (standing(path) === text) continue
    stale.push(name)
    if (process.argv.includes('--check')) continue
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
    console.log(`wrote docs/reference/${name}`)
  }
  if (process.argv.includes('--check') && stale.length > 0)
    throw new Failure(
      `docs/reference is behind the sources (${stale.join(', ')}): run "node scripts/docs.mjs".`,
    )
})
