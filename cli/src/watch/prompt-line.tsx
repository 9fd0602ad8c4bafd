import { cut, UNITS_A_COLUMN } from '../output/fit-widths.ts'
import { visible } from '../output/visible.ts'
import { width } from '../output/width.ts'
import { Tone } from './tone.tsx'

interface Props {
  readonly question: string
  readonly text: string
  readonly columns: number
}

/** However long the question is, so much of what was typed is in sight. Unit: columns. */
const ROOM_TO_TYPE = 24
/** Between the two, and the cursor. */
const AROUND = 2

/** A question and what was typed so far. */
export function PromptLine({ question, text, columns }: Props) {
  const asked = withoutItsMiddle(question, columns - ROOM_TO_TYPE - AROUND)
  return (
    <Tone>
      <Tone bold color="yellow">
        {asked}
      </Tone>{' '}
      {tail(visible(text), columns - width(asked) - AROUND)}▏
    </Tone>
  )
}

/** Names of one family begin alike: what is asked of `…/worker-1` must not read like what is asked of `…/worker-2`. */
const withoutItsMiddle = (text: string, columns: number): string =>
  width(text) <= columns ? text : cut(text, columns - (columns >> 1)) + tail(text, columns >> 1)

const letters = new Intl.Segmenter()
/** What stands for a character that hides or pretends. */
const NAMED = /(⟨(?:U\+[0-9A-F]+|R)⟩)/

/** The end of what was typed, which is where the cursor is; neither a letter nor the name of one is shown in part. */
function tail(text: string, columns: number): string {
  const parts = text
    .slice(-columns * UNITS_A_COLUMN)
    .split(NAMED)
    .flatMap((part, at) => (at % 2 === 1 ? [part] : [...letters.segment(part)].map(({ segment }) => segment)))
  let from = parts.length
  for (let left = columns; from > 0; from -= 1) {
    left -= width(parts[from - 1] ?? '')
    if (left < 0) break
  }
  return parts.slice(from).join('')
}
