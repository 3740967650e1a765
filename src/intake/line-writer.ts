const deepestQuotation = 3;

/** Joins pieces of text: white space between words becomes one space, and lines end as HTML elements require. */
export class LineWriter {
  private readonly pieces: string[] = [];
  /** Line ends to be written before the next piece. */
  private lineEnds = 0;
  private space = false;
  private mark = '';
  private isCellStart = false;
  /** Cells that share the current line; 0: one of them had several lines. */
  private cellsOfLine = 0;
  /** Length of the text before the row. */
  private rowStart = 0;
  /** Characters. */
  length = 0;
  /** Nesting depth of quotations: each line begins with as many `> `. */
  quotations = 0;

  write(text: string): void {
    const collapsed = text.replaceAll(/\s+/g, ' ');
    const words = collapsed.trim();
    if (collapsed.startsWith(' ')) this.space = true;
    if (words === '') return;
    this.add(words);
    this.space = collapsed.endsWith(' ');
  }

  /** Keeps white space. */
  writeAsItIs(text: string): void {
    text.split('\n').forEach((line, index) => {
      if (index > 0) this.breakLine();
      if (line !== '') this.add(line);
    });
  }

  beginRow(): void {
    this.isCellStart = false;
    this.endLine(1);
    this.cellsOfLine = 0;
    this.rowStart = this.length;
  }

  /** Cells of one line each share a line. What begins a cell begins no line of its own. */
  beginCell(): void {
    if (this.cellsOfLine > 0 && this.length > this.rowStart) this.lineEnds = 0;
    this.cellsOfLine++;
    this.space = true;
    this.isCellStart = true;
  }

  endCell(): void {
    this.isCellStart = false;
  }

  /** Also of a table within a cell: the next cell begins a line then. */
  endRow(): void {
    this.isCellStart = false;
    this.cellsOfLine = 0;
  }

  /** Line ends of several elements that end at the same place are not added up: the largest counts. */
  endLine(ends: 1 | 2): void {
    if (!this.isCellStart) this.lineEnds = Math.max(this.lineEnds, ends);
  }

  /** Adds one line end; two in a row leave a blank line, further ones are dropped. */
  breakLine(): void {
    if (!this.isCellStart) this.lineEnds = Math.min(this.lineEnds + 1, 2);
  }

  /** Begins an item of a list. */
  beginItem(mark: string): void {
    this.endLine(1);
    this.mark = mark;
  }

  text(): string {
    return this.pieces.join('');
  }

  private add(words: string): void {
    if (this.lineEnds > 0 || this.length === 0) {
      if (this.length > 0) this.push('\n'.repeat(this.lineEnds));
      this.push('> '.repeat(Math.min(this.quotations, deepestQuotation)) + this.mark);
      this.mark = '';
      this.lineEnds = 0;
      if (!this.isCellStart) this.cellsOfLine = 0;
    } else if (this.space) {
      this.push(' ');
    }
    this.space = false;
    this.isCellStart = false;
    this.push(words);
  }

  private push(piece: string): void {
    this.pieces.push(piece);
    this.length += piece.length;
  }
}
