/**
 * Makes the packages that can be installed elsewhere: `npm run pack`, then what it prints.
 *
 * Each is packed from a copy: in the clone the packages name each other by `workspace:`, which nothing but this clone's
 * package manager understands.
 */
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Failure, main, ROOT, run, step } from './run.mjs'
import { setup } from './setup.mjs'

const USAGE = `npm run pack -- [options]

  --to FOLDER   where the packages are put; ./packages by default
  --built       packs what is built already, and builds nothing`

/** Each after those that it needs. */
const FOLDERS = ['shared', 'client-sdk', 'server', 'cli']

const manifestOf = (folder) => JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'))
const versions = new Map(FOLDERS.map(manifestOf).map(({ name, version }) => [name, version]))

/** As npm reads it elsewhere: the others by their version, and nothing of what only the clone needs. */
function published({ devDependencies: _, dependencies, ...manifest }) {
  const named = Object.entries(dependencies).map(([name, range]) => [name, versions.get(name) ?? range])
  return { ...manifest, dependencies: Object.fromEntries(named) }
}

/** Returns the name of the file. */
async function pack(folder, to) {
  const copy = mkdtempSync(join(tmpdir(), 'holdpoint-pack-'))
  try {
    const isOurs = (path) => !['node_modules', 'package.json'].includes(basename(path))
    cpSync(join(ROOT, folder), copy, { recursive: true, filter: isOurs })
    copyFileSync(join(ROOT, 'LICENSE'), join(copy, 'LICENSE'))
    writeFileSync(
      join(copy, 'package.json'),
      `${JSON.stringify(published(manifestOf(folder)), undefined, 2)}\n`,
    )
    const args = ['pack', copy, '--pack-destination', to, '--ignore-scripts', '--json', '--loglevel', 'error']
    const { code, log } = await run('npm', args, { quiet: true })
    if (code !== 0)
      throw new Failure(`The package in ${folder} could not be packed: npm's words are above.`, { log })
    return JSON.parse(log)[0].filename
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

function readOptions() {
  try {
    return parseArgs({
      options: {
        to: { type: 'string', default: 'packages' },
        built: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    throw new Failure(`${/** @type {Error} */ (error).message}\n\n${USAGE}`, { code: 2 })
  }
}

await main(async () => {
  const values = readOptions()
  if (values.help) return console.log(USAGE)
  if (!values.built) await setup()
  const to = resolve(values.to)
  mkdirSync(to, { recursive: true })
  const files = await step('Packages packed', 'Packing', async () => {
    const names = []
    for (const folder of FOLDERS) names.push(await pack(folder, to))
    return names.map((name) => join(to, name))
  })
  const [shared, client] = files
  console.log(`
For an agent or a console of yours, in your project:
  npm install ${shared} ${client}
For the server and the command line as well ("npx holdpoint"):
  npm install ${files.join(' ')}

Name all of them in one command: they need each other, and no registry has them.`)
})
