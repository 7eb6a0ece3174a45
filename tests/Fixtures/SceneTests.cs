namespace Shimd.Tests.Fixtures;

/// <summary>
/// Tests that play in scenes. A scene's end is checked at the test's end, and not by a <c>using</c>, which would show the one
/// failure in the place of the other.
/// </summary>
public abstract class SceneTests : IDisposable
{
    private readonly List<Scene> _scenes = [];

    /// <summary>The scene, which ends with the test.</summary>
    private protected Scene Enter(Scene scene)
    {
        _scenes.Add(scene);
        return scene;
    }

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        _scenes.ForEach(scene => scene.Dispose());
    }
}
