import type { ApprovalDetail, ApprovalLevel } from '@holdpoint/shared'
import { Box } from 'ink'
import { argsBeginning, argsOnOneLine } from '../output/details.ts'
import { duration } from '../output/format.ts'
import { questionText } from '../output/ticket-details.ts'
import { visible } from '../output/visible.ts'
import { width } from '../output/width.ts'
import { deadlineOf, type Item } from './items.ts'
import { outcomeMark } from './outcomes.ts'
import type { Row } from './rows.ts'
import { marksOf } from './same-looking.ts'
import { Tone } from './tone.tsx'

/** How many lines one item takes. */
export const ITEM_HEIGHT = 2

interface Props {
  readonly rows: readonly Row[]
  readonly offset: number
  readonly height: number
  readonly cursor: string | undefined
  readonly focused: boolean
  readonly now: number
  readonly argumentsOf: (item: Item) => ApprovalDetail | undefined
  /** As `marksIn`. */
  readonly marks: ReadonlyMap<string, string>
}

export function ItemList({ rows, offset, height, cursor, focused, now, argumentsOf, marks }: Props) {
  const shown = rows.slice(offset, offset + height)
  const below = rows.length - offset - shown.length
  const waiting = rows.filter(({ settled }) => settled === undefined).length
  return (
    <Box flexDirection="column">
      <Tone bold>
        WAITING FOR A PERSON {waiting}
        {offset > 0 ? `  ↑ ${offset} above` : ''}
        {below > 0 ? `  ↓ ${below} below` : ''}
      </Tone>
      {rows.length === 0 ? <Tone dimColor>{'  Nothing waits.'}</Tone> : null}
      {shown.map((row) => (
        <ItemRow
          key={row.item.id}
          row={row}
          selected={row.item.id === cursor}
          focused={focused}
          now={now}
          detail={argumentsOf(row.item)}
          mark={marks.get(row.item.id)}
        />
      ))}
    </Box>
  )
}

interface RowProps {
  readonly row: Row
  readonly selected: boolean
  readonly focused: boolean
  readonly now: number
  readonly detail: ApprovalDetail | undefined
  readonly mark: string | undefined
}

function ItemRow({ row: { item, settled }, selected, focused, now, detail, mark }: RowProps) {
  return (
    <Box flexDirection="column" height={ITEM_HEIGHT}>
      <Box>
        <Box flexShrink={0}>
          <Tone bold={selected}>{selected ? (focused ? '▸ ' : '▹ ') : '  '}</Tone>
          {settled === undefined ? (
            <>
              <Countdown item={item} now={now} />
              <Level item={item} />
              {mark === undefined ? null : <Tone color="yellow">{marked(mark)}</Tone>}
            </>
          ) : null}
        </Box>
        {/* one text, which ends where the terminal does: an agent's name may be longer than that */}
        <Tone>
          {settled === undefined ? null : <Tone color="cyan">{`${outcomeMark(settled)} ${settled}  `}</Tone>}
          <Tone bold={selected} dimColor={settled !== undefined}>
            {head(item)}
          </Tone>
          {item.kind === 'approval' ? (
            <Tone dimColor={settled !== undefined}>{detail ? argsOnOneLine(detail.canonical) : '…'}</Tone>
          ) : null}
        </Tone>
      </Box>
      <Tone dimColor>{`    ${words(item)}`}</Tone>
    </Box>
  )
}

const head = (item: Item): string => `${nameIn(item)}${what(item)}  `

const nameIn = ({ view }: Item): string => `${visible(view.agent)}  `

/** Columns before the agent's name: the cursor, the countdown, the level. */
const MARK_WIDTH = 2
const COUNTDOWN_WIDTH = 9
const LEVEL_WIDTH = 13
const BEFORE_NAME = MARK_WIDTH + COUNTDOWN_WIDTH + LEVEL_WIDTH

/** Before the agent's name, which may leave no room for anything behind it. */
const marked = (mark: string): string => `#${mark} `

/** Whether the item's line, with its mark, shows its arguments to the last character, on a terminal so wide. */
export const fitsLine = (
  item: Item,
  { canonical }: ApprovalDetail,
  columns: number,
  mark: string | undefined,
): boolean =>
  BEFORE_NAME + width(`${mark === undefined ? '' : marked(mark)}${head(item)}${argsOnOneLine(canonical)}`) <=
  columns

/** By id: the beginning of the digest, of each line in sight that reads like another one which would run something else. */
export const marksIn = (
  rows: readonly Row[],
  argumentsOf: Props['argumentsOf'],
  columns: number,
): ReadonlyMap<string, string> =>
  marksOf(
    rows.flatMap(({ item, settled }) => {
      const detail = settled === undefined ? argumentsOf(item) : undefined
      if (detail === undefined) return []
      const { id, digest, canonical } = detail
      const room = columns - BEFORE_NAME - width(nameIn(item))
      return [{ id, digest, what: `${what(item)}  ${argsBeginning(canonical)}`, room }]
    }),
  )

const what = (item: Item): string =>
  item.kind === 'approval'
    ? visible(item.view.action)
    : item.view.kind === 'question'
      ? 'asks'
      : visible(item.view.reason)

/** The agent's own words are marked as such: nobody shall take them for the system's. */
function words({ kind, view }: Item): string {
  if (kind === 'ticket')
    return view.kind === 'question' ? `it asks ${questionText(view)}` : `priority ${view.priority}`
  const risk = view.risk === undefined ? '' : `risk ${view.risk}  `
  const held = view.held ? 'held: decided anew when the agent is resumed  ' : ''
  return `${held}${risk}${view.summary === undefined ? 'it gave no reason' : `it says “${visible(view.summary)}”`}`
}

/** Under this much, ms, a countdown is shown as urgent. */
const URGENT_MS = 60_000

function Countdown({ item, now }: { item: Item; now: number }) {
  const left = deadlineOf(item) - now
  const text = item.view.expiresAt === undefined ? '-' : left <= 0 ? 'expired' : duration(left)
  return (
    <Box width={COUNTDOWN_WIDTH} flexShrink={0}>
      <Tone {...(left < URGENT_MS ? { color: 'red', bold: true } : {})}>{text}</Tone>
    </Box>
  )
}

const LEVEL_COLORS: Readonly<Record<ApprovalLevel, string>> = {
  none: 'gray',
  notify: 'gray',
  review: 'blue',
  required: 'yellow',
  required_2fa: 'magenta',
  admin_only: 'red',
}

function Level({ item }: { item: Item }) {
  const level = item.kind === 'approval' ? item.view.level : undefined
  const text = level ?? (item.kind === 'ticket' && item.view.kind === 'question' ? 'question' : 'ticket')
  return (
    <Box width={LEVEL_WIDTH} flexShrink={0}>
      <Tone color={level ? LEVEL_COLORS[level] : 'cyan'}>{text}</Tone>
    </Box>
  )
}
