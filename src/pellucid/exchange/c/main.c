/* A program around a network in C99 that reads a CSV file: copied beside the network as far as it is needed.

   A function is separated from the next one by an empty line, and has none within. */

/* One record of the file: its cells without spaces around them, and whether nothing at all stands in it. */
struct record {
    char **cells, *text;
    int count, room, empty;
};

/* Ends the program where memory does not suffice. */
static void *enough(void *memory)
{
    if (!memory) {
        fputs("Error: there is not enough memory.\n", stderr);
        exit(1);
    }
    return memory;
}

/* All of a file, with one sign at the end of each line. */
static char *read_all(FILE *file, const char *name)
{
    size_t size = 0, room = 1 << 16, kept = 0;
    char *text = enough(malloc(room + 1));
    for (size_t got; (got = fread(text + size, 1, room - size, file)) > 0;)
        if ((size += got) == room)
            text = enough(realloc(text, (room *= 2) + 1));
    if (memchr(text, 0, size)) {
        fprintf(stderr, "Error: %s: expected a table in UTF-8 text, found a binary file.\n", name);
        exit(1);
    }
    for (size_t k = size >= 3 && !memcmp(text, "\357\273\277", 3) ? 3 : 0; k < size; k++)
        if (text[k] != '\r')
            text[kept++] = text[k];
        else if (k + 1 == size || text[k + 1] != '\n')
            text[kept++] = '\n';
    text[kept] = '\0';
    return text;
}

/* How many bytes the space is long that a text begins with. */
static size_t space(const char *text)
{
    static const char *const wide[] = {"\302\205", "\302\240", "\341\232\200", "\342\200\250", "\342\200\251",
                                       "\342\200\257", "\342\201\237", "\343\200\200", NULL};
    if (*text == ' ' || (*text >= '\t' && *text <= '\r'))
        return 1;
    if (!strncmp(text, "\342\200", 2) && (unsigned char)text[2] >= 128 && (unsigned char)text[2] <= 138)
        return 3;
    for (int k = 0; wide[k]; k++)
        if (!strncmp(text, wide[k], strlen(wide[k])))
            return strlen(wide[k]);
    return 0;
}

/* A text without the spaces around it; what stood behind it is cut off. */
static char *stripped(char *text)
{
    char *end;
    while (space(text))
        text += space(text);
    end = text;
    for (char *c = text; *c;) {
        const size_t gap = space(c);
        c += gap ? gap : 1;
        if (!gap)
            end = c;
    }
    *end = '\0';
    return text;
}

/* Reads a record of the text and returns where the next one begins; NULL if a quote is not closed or ends too early.
   A cell in quotes may hold separators, line ends and, written twice, quotes. */
static const char *read_record(const char *from, char separator, struct record *r)
{
    char *to = r->text;
    r->count = 0;
    r->empty = 1;
    for (;;) {
        const int quoted = *from == '"';
        char *cell = to;
        if (r->count == r->room)
            r->cells = enough(realloc(r->cells, (size_t)(r->room = 2 * r->room + 16) * sizeof(char *)));
        if (quoted) {
            for (from++; *from && (*from != '"' || *++from == '"'); from++)
                *to++ = *from;
            if (from[-1] != '"' || (*from && *from != '\n' && *from != separator))
                return NULL;
        } else
            while (*from && *from != '\n' && *from != separator)
                *to++ = *from++;
        r->empty = r->empty && !quoted && to == cell;
        *to++ = '\0';
        r->cells[r->count++] = stripped(cell);
        if (*from != separator)
            return from + (*from == '\n');
        from++;
    }
}

/* What separates cells: the first sign that cuts the first records into equally many, more than one. */
static char find_separator(const char *text, struct record *r)
{
    static const char signs[] = "\t;|,";
    char most = ',';
    int best = 0;
    for (int k = 0; k < 4; k++) {
        const char *next = text;
        int count = 0, same = 1;
        for (int line = 0; line < 20 && next && *next; line++) {
            next = read_record(next, signs[k], r);
            if (!next || r->empty)
                continue;
            same = same && (!count || r->count == count);
            count = count ? count : r->count;
        }
        if (next && same && count > 1)
            return signs[k];
    }
    for (int k = 3; k >= 0; k--) {
        int count = 0;
        for (const char *c = text + strspn(text, " \t\n"); *c && *c != '\n'; c++)
            count += *c == signs[k];
        if (count > best)
            most = signs[k];
        best = count > best ? count : best;
    }
    return most;
}

/* The sign before the decimals: a comma where more cells are written so than with a point. */
static char find_decimal(const char *text, char separator, struct record *r)
{
    int commas = 0, points = 0;
    while (text && *text) {
        text = read_record(text, separator, r);
        for (int k = 0; text && k < r->count; k++) {
            const char form = number_form(r->cells[k]);
            commas += form == ',';
            points += form == '.';
        }
    }
    return commas > points ? ',' : '.';
}

/* Whether a cell is a column's name. */
static int is_name(const struct record *r, int place, const char *name)
{
    char number[32];
    sprintf(number, "column %d", place + 1); /* what a column without a name is called */
    return !strcmp(*r->cells[place] ? r->cells[place] : number, name);
}

/* Finds columns by their names among the cells; the first one that is missing is returned, or -1. */
static int find_columns(const struct record *r, const char *const *names, int count, int *places)
{
    for (int k = 0; k < count; k++) {
        places[k] = -1;
        for (int place = r->count - 1; place >= 0; place--)
            if (is_name(r, place, names[k]))
                places[k] = place;
        if (places[k] < 0)
            return k;
    }
    return -1;
}

/* Whether a record has a cell that is no number, so that it holds names. */
static int has_words(const struct record *r)
{
    for (int k = 0; k < r->count; k++)
        if (!number_form(r->cells[k]))
            return 1;
    return 0;
}

/* The line of the file on which a record ends. */
static int line_of(const char *text, const char *next)
{
    int line = next > text && next[-1] != '\n';
    for (; text < next; text++)
        line += *text == '\n';
    return line;
}

/* Reads the next record, and ends the program where it cannot be read or is too wide. */
static const char *read_next(const char *text, const char *from, const char *name, char separator, int width,
                             struct record *r)
{
    const char *const next = read_record(from, separator, r);
    if (!next) {
        fprintf(stderr, "Error: %s, line %d or below: look for a quote that is not closed.\n", name,
                line_of(text, from) + 1);
        exit(1);
    }
    if (r->count > width) {
        fprintf(stderr, "Error: %s, line %d: expected %d cells as in the first line, found %d.\n", name,
                line_of(text, next), width, r->count);
        exit(1);
    }
    return next;
}

/* Reads the first record that is not empty, and ends the program where there is none. */
static const char *read_first(const char *text, const char *name, char separator, struct record *r)
{
    const char *next = text;
    do
        next = read_next(text, next, name, separator, INT_MAX, r);
    while (r->empty && *next);
    if (r->empty) {
        fprintf(stderr, "Error: %s: expected a table, found nothing.\n", name);
        exit(1);
    }
    return next;
}

/* Finds columns by their names, and ends the program where one is missing or is there twice. */
static void need_columns(const char *file, const struct record *r, const char *const *names, int count, int *places)
{
    const int missing = find_columns(r, names, count, places);
    if (missing >= 0) {
        fprintf(stderr, "Error: %s: the column \"%s\", which the network was trained on, is missing.\n", file,
                names[missing]);
        exit(1);
    }
    for (int k = 0; k < count; k++)
        for (int place = places[k] + 1; place < r->count; place++)
            if (is_name(r, place, names[k])) {
                fprintf(stderr, "Error: %s: the column name \"%s\" occurs twice. Give every column its own name.\n", file,
                        names[k]);
                exit(1);
            }
}

/* Ends the program where the first record has not so many cells. */
static void need_width(const char *file, const struct record *r, int width)
{
    if (r->count != width) {
        fprintf(stderr, "Error: %s: expected %d cells in each line, found %d.\n", file, width, r->count);
        exit(1);
    }
}

/* Ends the program because of a cell. */
static void refuse(const char *text, const char *next, const char *file, const char *column, const char *expected,
                   const char *cell)
{
    fprintf(stderr, "Error: %s, line %d", file, line_of(text, next));
    if (column)
        fprintf(stderr, ", column \"%s\"", column);
    fprintf(stderr, ": expected %s, got \"%s\".\n", expected, cell);
    exit(1);
}

/* Prints a cell of a CSV file, in quotes where it needs them. */
static void print_cell(const char *text)
{
    if (!strpbrk(text, ",\"\r\n")) {
        fputs(text, stdout);
        return;
    }
    putchar('"');
    for (; *text; text++) {
        if (*text == '"')
            putchar('"');
        putchar(*text);
    }
    putchar('"');
}
