/** Types as the sources declare them: what the wire says beyond schemas is written down there and nowhere else. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { ROOT } from '../run.mjs'

function parse(path) {
  const text = readFileSync(join(ROOT, path), 'utf8')
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
}

/** The declaration of a type as it is written, with its comment. */
export function declaration(path, name) {
  const file = parse(path)
  const found = file.statements.find(
    (node) => (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) && node.name.text === name,
  )
  if (!found) throw new Error(`${path} declares no type ${name}`)
  return file.text
    .slice(found.getStart(file, true), found.end)
    .replace('export ', '')
    .replaceAll('readonly ', '')
    .replaceAll(' | undefined', '')
}

/** An interface's members: name → type as it is written, on one line. */
export function members(path, name) {
  const file = parse(path)
  const found = file.statements.filter(ts.isInterfaceDeclaration).find((node) => node.name.text === name)
  return Object.fromEntries(
    found.members.filter(ts.isPropertySignature).map((member) => [
      member.name.getText(file).replaceAll("'", ''),
      member.type
        .getText(file)
        .replace(/\/\*\*.*?\*\//gs, '')
        .replaceAll('readonly ', '')
        .replaceAll(' | undefined', '')
        .replace(/\s*\n\s*/g, '; ')
        .replace(/\{; /g, '{ ')
        .replace(/; \}/g, ' }'),
    ]),
  )
}

/** The text of every source file below a folder, tests left out. */
export function sourcesBelow(folder) {
  return readdirSync(join(ROOT, folder), { recursive: true })
    .map(String)
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && !path.includes('testing'))
    .map((path) => readFileSync(join(ROOT, folder, path), 'utf8'))
}
