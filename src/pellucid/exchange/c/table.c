/* A table's cells in C99, for exported programs: those that a network needs are copied into its file.

   A function is separated from the next one by an empty line, and has none within. Texts are UTF-8. */

enum { LONGEST = 500 }; /* letters of a number; longer ones are taken for text */

static const char DIGITS[] = "0123456789";

/* z / sqrt(1 + (z / 8)^2): nearly z within 3 of 0, never beyond 8. */
static float squash(double z)
{
    return (float)(z / sqrt(1.0 + (z / 8.0) * (z / 8.0)));
}

/* Whether a text is a word, which is in small letters, in any capital or small ones. Capitals beyond A to Z that the
   word may have stand in pairs, each with its small letter after it, up to NULL. */
static int is_word(const char *text, const char *word, const char *const *capitals)
{
    while (*word) {
        const char *const *pair = capitals;
        while (*pair && (strncmp(text, pair[0], strlen(pair[0])) || strncmp(word, pair[1], strlen(pair[1]))))
            pair += 2;
        if (*pair) {
            text += strlen(pair[0]);
            word += strlen(pair[1]);
        } else if (*text++ != *word) {
            if (!(text[-1] >= 'A' && text[-1] <= 'Z' && text[-1] + ('a' - 'A') == *word))
                return 0;
            word++;
        } else
            word++;
    }
    return *text == '\0';
}

/* The same of a word that may be a whole number, which may be written with decimals that are 0. */
static int is_answer(const char *text, const char *word, const char *const *capitals)
{
    const size_t whole = strspn(text, DIGITS), part = text[whole] == '.' ? strspn(text + whole + 1, "0") : 0;
    if (whole && part && text[whole + 1 + part] == '\0')
        return strlen(word) == whole && !strncmp(text, word, whole);
    return is_word(text, word, capitals);
}

/* How a text is a number: '.' with decimals after a point, ',' after a comma, 'i' infinite, '1' else; 0 if it is none. */
static char number_form(const char *text)
{
    static const char *const none[] = {NULL};
    const char *c = text + (*text == '+' || *text == '-');
    const size_t whole = strspn(c, DIGITS);
    char form = '1';
    int thousands = 0;
    if (is_word(c, "inf", none) || is_word(c, "infinity", none))
        return 'i';
    c += whole;
    while (whole >= 1 && whole <= 3 && *c == '.' && strspn(c + 1, DIGITS) == 3 && (c[4] == '.' || c[4] == ',')) {
        thousands = 1;
        c += 4;
    }
    if (*c == ',' || (*c == '.' && !thousands)) {
        const size_t part = strspn(c + 1, DIGITS);
        if (!part && (*c == ',' || !whole))
            return 0;
        form = part ? *c : '1';
        c += 1 + part;
    } else if (thousands || !whole)
        return 0;
    if (*c == 'e' || *c == 'E') {
        c += 1 + (c[1] == '+' || c[1] == '-');
        if (!strspn(c, DIGITS))
            return 0;
        c += strspn(c, DIGITS);
    }
    return *c ? 0 : form;
}

/* The number that a text is, with a decimal comma if that is the table's; 0 is returned if it is none. */
static int read_number(const char *text, char decimal, double *number)
{
    char plain[LONGEST + 1];
    size_t n = 0;
    const char form = number_form(text);
    if (form == 'i')
        *number = *text == '-' ? -INFINITY : INFINITY;
    if (form == 'i')
        return 1;
    if (!form || (form == ',' && decimal != ',') || strlen(text) > LONGEST)
        return 0;
    for (; *text; text++)
        if (*text == ',' || (*text == '.' && form != ','))
            plain[n++] = *localeconv()->decimal_point; /* what strtod looks for */
        else if (*text != '.')
            plain[n++] = *text;
    plain[n] = '\0';
    *number = strtod(plain, NULL);
    return 1;
}

/* Whether a text is missing: none, one that says so, or one of the marks of its column, up to NULL. */
static int is_gap(const char *text, char decimal, const char *const *marks)
{
    double number, mark;
    if (!text)
        return 1;
    for (const char *const *said = MISSING; *said; said++)
        if (!strcmp(text, *said))
            return 1;
    for (; *marks; marks++)
        if (!strcmp(text, *marks) ||
            (read_number(*marks, '.', &mark) && read_number(text, decimal, &number) && number == mark))
            return 1;
    return 0;
}

/* Where a text stands among values, from 0; -1 if it is none of them. A value that is NULL can be no text. */
static int find_value(const char *text, const char *const *values, int count)
{
    for (int k = 0; k < count; k++)
        if (values[k] && !strcmp(text, values[k]))
            return k;
    return -1;
}

/* A whole number of so many digits at most, after spaces; -1 if there is none. */
static int read_digits(const char **text, int most)
{
    int number = 0, digits = 0;
    *text += strspn(*text, " \t");
    for (; digits < most && **text >= '0' && **text <= '9'; digits++)
        number = 10 * number + *(*text)++ - '0';
    return digits ? number : -1;
}

/* A month's number by its name or its first three letters; -1 if there is none. */
static int read_month(const char **text, int whole_name)
{
    static const char *const months[] = {"january", "february", "march",     "april",   "may",      "june",
                                         "july",    "august",   "september", "october", "november", "december"};
    static const char *const none[] = {NULL};
    for (int k = 0; k < 12; k++)
        for (size_t n = whole_name ? strlen(months[k]) : 3; n >= 3; n = n > 3 ? 3 : 0) {
            char said[10] = "", name[10] = "";
            strncpy(said, *text, n);
            strncpy(name, months[k], n);
            if (is_word(said, name, none)) {
                *text += n;
                return k + 1;
            }
        }
    return -1;
}

/* Days from 1970-01-01 to a day of the Gregorian calendar: 400 years have 146097 days, and a year begins in March. */
static double days_since_1970(int year, int month, int day)
{
    const int y = month > 2 ? year : year - 1, m = (month + 9) % 12;
    const int cycle = (y >= 0 ? y : y - 399) / 400, of_cycle = y - 400 * cycle;
    return 146097.0 * cycle + 365.0 * of_cycle + of_cycle / 4 - of_cycle / 100 + (153 * m + 2) / 5 + day - 1 - 719468;
}

/* A date of this form as days since 1970-01-01, the time of day as a part of a day; 0 is returned if it is none. */
static int read_date(const char *text, const char *form, double *days)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0, leap;
    double part = 0.0, place = 0.1;
    for (; *form; form++) {
        if (*form == ' ')
            text += strspn(text, " \t");
        else if (*form != '%') {
            if (*text++ != *form)
                return 0;
        } else
            switch (*++form) {
            case 'Y': year = read_digits(&text, 4); break;
            case 'm': month = read_digits(&text, 2); break;
            case 'b': month = read_month(&text, 0); break;
            case 'B': month = read_month(&text, 1); break;
            case 'd': day = read_digits(&text, 2); break;
            case 'H': hour = read_digits(&text, 2); break;
            case 'M': minute = read_digits(&text, 2); break;
            case 'S': second = read_digits(&text, 2); break;
            default: /* %.f, a part of a second, which may be left out */
                form++;
                if (*text != '.')
                    break;
                if (*++text < '0' || *text > '9')
                    return 0;
                for (; *text >= '0' && *text <= '9'; place /= 10)
                    part += place * (*text++ - '0');
            }
    }
    leap = month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (*text || year < 0 || month < 1 || month > 12 || day < 1 || day > lengths[month - 1] + leap || hour < 0 ||
        hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
        return 0;
    *days = days_since_1970(year, month, day) + (3600.0 * hour + 60.0 * minute + second + part) / 86400.0;
    return 1;
}

/* Puts a number into a row; 0 is returned if the text is no finite number. */
static int set_number(double *cell, const char *text, char decimal, const char *const *marks)
{
    *cell = NAN;
    return is_gap(text, decimal, marks) || (read_number(text, decimal, cell) && !isinf(*cell));
}

/* Puts a date into a row, as days; 0 is returned if the text has not this form. */
static int set_date(double *cell, const char *text, char decimal, const char *const *marks, const char *form)
{
    *cell = NAN;
    return is_gap(text, decimal, marks) || read_date(text, form, cell);
}
