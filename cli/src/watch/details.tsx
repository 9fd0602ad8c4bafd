import { Box } from 'ink'
import { outcomeMark } from './outcomes.ts'
import { Tone } from './tone.tsx'

interface Props {
  /** Already broken to the screen's width. */
  readonly lines: readonly string[]
  readonly offset: number
  readonly height: number
  readonly title: string
  readonly settled: string | undefined
}

/** One item, whole. */
export function Details({ lines, offset, height, title, settled }: Props) {
  const shown = lines.slice(offset, offset + height)
  const last = offset + shown.length
  return (
    <Box flexDirection="column">
      <Tone bold>{title}</Tone>
      {shown.map((line, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other name, and keep their place
        <Tone key={offset + at}>{line === '' ? ' ' : line}</Tone>
      ))}
      {settled === undefined ? null : <Tone color="cyan">{`${outcomeMark(settled)} ${settled}`}</Tone>}
      <Tone dimColor>
        {last < lines.length
          ? `lines ${offset + 1}–${last} of ${lines.length}: ${lines.length - last} more, press space`
          : lines.length === 1
            ? 'all of it shown'
            : `all ${lines.length} lines shown`}
      </Tone>
    </Box>
  )
}
