import type { Output } from '../output/output.ts'
import type { Located } from './located.ts'
import { compilerLine } from './read-file.ts'

/** What a file hardly means, beside the result: it can be activated all the same. */
export function tellRemarks(out: Output, path: string, warnings: readonly Located[]): void {
  for (const warning of warnings) out.note(`${out.colors.yellow('!')} ${compilerLine(path, warning)}`)
}
