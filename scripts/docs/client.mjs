import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { ROOT } from '../run.mjs'
import { code, table } from './markdown.mjs'

const SOURCES = 'client-sdk/src'

/** The classes that the operator's client is made of, a subject each. */
const OPERATOR_REQUESTS = ['reading', 'deciding', 'steering', 'people'].map((name) => `operator/${name}.ts`)

/** What the two entries of the client export, from the declarations and their comments. */
export function clientPage() {
  return `# The client

\`@holdpoint/client\` is for agents and needs Node; \`@holdpoint/client/operator\` is for consoles and also runs in
browsers. An agent's client refuses options that it does not know, by name. Where something is refused, it throws a
\`HoldpointError\` whose \`code\` is one of [the catalogue](errors.md).

## For agents

${classPage('agent-client.ts', 'AgentClient')}

### AgentClientOptions

${optionsTable('agent-types.ts', 'AgentClientOptions')}

${typesOf('agent-types.ts', ['AgentClientOptions'])}

### Errors thrown to agents

${table(
  ['Error', 'Means'],
  classes('errors.ts').map((node) => [code(node.name.text), docOf(node)]),
)}

## For consoles

${classPage('operator-client.ts', 'OperatorClient', OPERATOR_REQUESTS)}

### OperatorClientOptions

${optionsTable('operator-types.ts', 'OperatorClientOptions')}

${typesOf('operator-types.ts', ['OperatorClientOptions'])}
`
}

const files = new Map()
function parse(name) {
  if (!files.has(name)) {
    const text = readFileSync(join(ROOT, SOURCES, name), 'utf8')
    files.set(name, ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true))
  }
  return files.get(name)
}

const isExported = (node) => node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true

const classes = (name) =>
  parse(name).statements.filter((node) => ts.isClassDeclaration(node) && isExported(node))

/** A comment's text, on one line. */
function docOf(node) {
  const comment = ts.getJSDocCommentsAndTags(node).find(ts.isJSDoc)?.comment
  return (ts.getTextOfJSDocComment(comment) ?? '').replaceAll(/\s*\n\s*/g, ' ')
}

const oneLine = (node) =>
  node
    .getText()
    .replaceAll(/\/\*\*.*?\*\//gs, '')
    .replaceAll('readonly ', '')
    .replaceAll(/\s*\n\s*/g, ' ')
    .replaceAll(/,? ([)}])/g, (_, end) => (end === ')' ? ')' : ' }'))
    .replaceAll('( ', '(')
    .trim()

const isHidden = ({ modifiers = [] }) =>
  modifiers.some(
    ({ kind }) => kind === ts.SyntaxKind.ProtectedKeyword || kind === ts.SyntaxKind.PrivateKeyword,
  )

/** A class: what it is for, what can be read, what can be called. `bases`: the files of the classes that it extends. */
function classPage(file, name, bases = []) {
  const node = classes(file).find((one) => one.name.text === name)
  const members = [node, ...bases.flatMap(classes)]
    .flatMap((one) => [...one.members])
    .filter((member) => member.name && ts.isIdentifier(member.name) && !isHidden(member))
  const getters = members.filter(ts.isGetAccessorDeclaration)
  const methods = members.filter(ts.isMethodDeclaration)
  return `### ${name}

${docOf(node)}

${table(
  ['Property', 'Type', 'Means'],
  getters.map((one) => [code(one.name.getText()), code(oneLine(one.type)), docOf(one)]),
)}

${methods.map(methodPage).join('\n\n')}`
}

function methodPage(method) {
  const parameters = method.parameters.map((one) => {
    const type = one.type ? `: ${oneLine(one.type)}` : ''
    // A destructured parameter is named for what it holds.
    const name = ts.isIdentifier(one.name) ? one.name.text : 'options'
    return `${name}${one.questionToken || one.initializer ? '?' : ''}${type}`
  })
  const generic = method.typeParameters ? `<${method.typeParameters.map(oneLine).join(', ')}>` : ''
  const answer = method.type ? `: ${oneLine(method.type)}` : ''
  const title = `#### ${method.name.text}()`
  const signature = `\`\`\`ts generated\n${method.name.text}${generic}(${parameters.join(', ')})${answer}\n\`\`\``
  return [title, signature, docOf(method)].filter(Boolean).join('\n\n')
}

const interfaceOf = (file, name) =>
  parse(file).statements.find((node) => ts.isInterfaceDeclaration(node) && node.name.text === name)

function optionsTable(file, name) {
  return table(
    ['Option', '', 'Type', 'Means'],
    interfaceOf(file, name).members.map((member) => [
      code(member.name.getText()),
      member.questionToken ? '' : 'required',
      code(oneLine(member.type)),
      docOf(member),
    ]),
  )
}

/** Every other exported type, as it is declared. */
function typesOf(file, but) {
  return parse(file)
    .statements.filter((node) => ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node))
    .filter((node) => isExported(node) && !but.includes(node.name.text))
    .map((node) => {
      const text = node
        .getText()
        .replace('export ', '')
        .replaceAll('readonly ', '')
        .replaceAll(' | undefined', '')
      return [`### ${node.name.text}`, docOf(node), `\`\`\`ts generated\n${text}\n\`\`\``]
        .filter(Boolean)
        .join('\n\n')
    })
    .join('\n\n')
}
