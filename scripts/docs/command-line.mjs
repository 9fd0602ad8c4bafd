import { PassThrough } from 'node:stream'
import { built } from './built.mjs'

const WIDTH = 100

export async function commandLinePage() {
  const { createProgram } = await built('cli/dist/program.js')
  const { createCli } = await built('cli/dist/cli.js')
  const { EXIT_CODES_HELP } = await built('cli/dist/exit-codes.js')
  const stream = () => Object.assign(new PassThrough(), { columns: WIDTH })
  const io = {
    env: {},
    stdin: stream(),
    stdout: stream(),
    stderr: stream(),
    signal: new AbortController().signal,
  }
  const program = createProgram(createCli(io), 'x.y.z')
  const exitCodes = EXIT_CODES_HELP.split('\n').slice(1).join('\n')
  return `# The command line

What \`holdpoint <command> --help\` prints.

## Exit codes

\`\`\`text
${exitCodes}
\`\`\`

## holdpoint

${helpOf(program, 'holdpoint')}

${pages(program, 'holdpoint').join('\n\n')}
`
}

const helpOf = (command, name) => {
  let text = ''
  command.configureOutput({ writeOut: (part) => (text += part), getOutHelpWidth: () => WIDTH })
  command.outputHelp()
  const lines = text.trimEnd().split('\n')
  // what every command takes is on the first page
  const from = lines.indexOf('Global Options:')
  if (from >= 0) {
    const length = lines.slice(from).indexOf('')
    lines.splice(from, length < 0 ? lines.length : length + 1)
  }
  return `\`\`\`text\n${lines
    .join('\n')
    .trimEnd()
    .replace(/^Usage: .*?(?= \[|$)/, `Usage: ${name}`)}\n\`\`\``
}

const pages = (parent, name) =>
  parent.commands
    .filter((command) => command.name() !== 'exit-codes')
    .flatMap((command) => {
      const full = `${name} ${command.name()}`
      return [`## ${full}\n\n${helpOf(command, full)}`, ...pages(command, full)]
    })
