/* The layers in C99, for exported programs: those that a network needs are copied into its file.

   A function is separated from the next one by an empty line, and has none within. Every function works on one sample;
   pictures are height, width, channels, the last axis running fastest. */

/* z[o] = bias[o] + the sum over i of x[i] weights[i][o]; bias may be NULL. */
static void dense(int I, int O, const float *x, const float *weights, const float *bias, float *z)
{
    for (int o = 0; o < O; o++)
        z[o] = bias ? bias[o] : 0.0f;
    for (int i = 0; i < I; i++)
        for (int o = 0; o < O; o++)
            z[o] += x[i] * weights[(size_t)i * O + o];
}

/* z[p][q][o] = bias[o] + the sum over kh, kw, c of weights[kh][kw][c][o] x[row][column][c]; outside of x there is 0.
   Outputs are cut into groups, and a group sees C channels of x of its own. bias may be NULL. */
static void conv2d(const int shape[3], const int out[3], const int kernel[2], const int stride[2], const int border[2],
                   const int dilation[2], int groups, const float *x, const float *weights, const float *bias, float *z)
{
    const int C = shape[2] / groups, O = out[2], share = O / groups;
    for (int p = 0; p < out[0]; p++)
        for (int q = 0; q < out[1]; q++, z += O) {
            for (int o = 0; o < O; o++)
                z[o] = bias ? bias[o] : 0.0f;
            for (int kh = 0; kh < kernel[0]; kh++)
                for (int kw = 0; kw < kernel[1]; kw++) {
                    const int row = p * stride[0] - border[0] + kh * dilation[0];
                    const int column = q * stride[1] - border[1] + kw * dilation[1];
                    if (row < 0 || row >= shape[0] || column < 0 || column >= shape[1])
                        continue;
                    const float *pixel = x + ((size_t)row * shape[1] + column) * shape[2];
                    const float *w = weights + ((size_t)kh * kernel[1] + kw) * C * O;
                    for (int c = 0; c < C; c++)
                        for (int o = 0; o < O; o++)
                            z[o] += pixel[o / share * C + c] * w[(size_t)c * O + o];
                }
        }
}

/* Each window's largest value, channel by channel; over the border it sees only the picture. */
static void max_pool(const int shape[3], const int out[3], const int size[2], const int stride[2], const int border[2],
                     const float *x, float *a)
{
    for (int p = 0; p < out[0]; p++)
        for (int q = 0; q < out[1]; q++)
            for (int c = 0; c < out[2]; c++) {
                float top = -INFINITY;
                for (int row = p * stride[0] - border[0]; row < p * stride[0] - border[0] + size[0]; row++)
                    for (int column = q * stride[1] - border[1]; column < q * stride[1] - border[1] + size[1]; column++)
                        if (row >= 0 && row < shape[0] && column >= 0 && column < shape[1]) {
                            const float here = x[((size_t)row * shape[1] + column) * shape[2] + c];
                            top = here > top || here != here ? here : top;
                        }
                *a++ = top;
            }
}

/* Each window's mean, channel by channel; over the border it sees only the picture. */
static void average_pool(const int shape[3], const int out[3], const int size[2], const int stride[2],
                         const int border[2], const float *x, float *a)
{
    for (int p = 0; p < out[0]; p++)
        for (int q = 0; q < out[1]; q++)
            for (int c = 0; c < out[2]; c++) {
                float sum = 0.0f;
                int count = 0;
                for (int row = p * stride[0] - border[0]; row < p * stride[0] - border[0] + size[0]; row++)
                    for (int column = q * stride[1] - border[1]; column < q * stride[1] - border[1] + size[1]; column++)
                        if (row >= 0 && row < shape[0] && column >= 0 && column < shape[1]) {
                            sum += x[((size_t)row * shape[1] + column) * shape[2] + c];
                            count++;
                        }
                *a++ = sum / (float)count;
            }
}

/* With the mean and the variance that training has kept, channel by channel. */
static void batch_norm(int N, int C, float epsilon, const float *x, const float *gamma, const float *beta,
                       const float *mean, const float *variance, float *a)
{
    for (int n = 0; n < N; n++)
        for (int c = 0; c < C; c++)
            *a++ = gamma[c] * (*x++ - mean[c]) / sqrtf(variance[c] + epsilon) + beta[c];
}

/* With the mean and the variance of each run of C numbers. */
static void layer_norm(int N, int C, float epsilon, const float *x, const float *gamma, const float *beta, float *a)
{
    for (int n = 0; n < N; n++, x += C, a += C) {
        float mean = 0.0f, variance = 0.0f;
        for (int c = 0; c < C; c++)
            mean += x[c] / (float)C;
        for (int c = 0; c < C; c++)
            variance += (x[c] - mean) * (x[c] - mean) / (float)C;
        for (int c = 0; c < C; c++)
            a[c] = gamma[c] * (x[c] - mean) / sqrtf(variance + epsilon) + beta[c];
    }
}

/* a = (x - mean) / deviation, channel by channel. */
static void standardize(int N, int C, const float *x, const float *mean, const float *deviation, float *a)
{
    for (int n = 0; n < N; n++)
        for (int c = 0; c < C; c++)
            *a++ = (*x++ - mean[c]) / deviation[c];
}

/* A row of a table; a code outside of it stands for the nearest one in it. */
static void embedding(float code, int categories, int units, const float *table, float *a)
{
    const int row = !(code >= 1.0f) ? 0 : code < (float)categories ? (int)code : categories - 1;
    memcpy(a, table + (size_t)row * units, sizeof(float) * (size_t)units);
}

/* a = (x[place] - left) / width, kept from low to high: each stretch of an input's range as a number of its own. */
static void piecewise_linear(int O, const float *x, const int *place, const float *left, const float *width,
                             const float *low, const float *high, float *a)
{
    for (int o = 0; o < O; o++)
        a[o] = fminf(fmaxf((x[place[o]] - left[o]) / width[o], low[o]), high[o]);
}

/* z = x + y */
static void add(int N, const float *x, const float *y, float *z)
{
    for (int n = 0; n < N; n++)
        z[n] = x[n] + y[n];
}

/* z = share x, added to what is there unless it is the first. */
static void blend(int N, float share, int first, const float *x, float *z)
{
    for (int n = 0; n < N; n++)
        z[n] = (first ? 0.0f : z[n]) + share * x[n];
}

/* Shares that add up to 1, over each run of C numbers. */
static void softmax(int N, int C, const float *z, float *a)
{
    for (int n = 0; n < N; n++, z += C, a += C) {
        float top = z[0], sum = 0.0f;
        for (int c = 1; c < C; c++)
            top = fmaxf(top, z[c]);
        for (int c = 0; c < C; c++)
            sum += a[c] = expf(z[c] - top);
        for (int c = 0; c < C; c++)
            a[c] /= sum;
    }
}

static float step(float z) { return z >= 0.0f ? 1.0f : 0.0f; }

static float sigmoid(float z) { return 1.0f / (1.0f + expf(-z)); }

static float hard_sigmoid(float z) { return fminf(fmaxf(z / 6.0f + 0.5f, 0.0f), 1.0f); }

static float relu(float z) { return z > 0.0f ? z : 0.0f; }

static float leaky_relu(float z, float slope) { return z >= 0.0f ? z : slope * z; }

static float elu(float z, float alpha) { return z > 0.0f ? z : alpha * expm1f(z); }

static float selu(float z) { return 1.0507009873554805f * (z > 0.0f ? z : 1.6732632423543772f * expm1f(z)); }

static float gelu(float z) { return 0.5f * z * (1.0f + erff(z * 0.70710678118654752f)); }

static float silu(float z) { return z / (1.0f + expf(-z)); }

static float softplus(float z) { return fmaxf(z, 0.0f) + log1pf(expf(-fabsf(z))); }

static float softsign(float z) { return z / (1.0f + fabsf(z)); }
